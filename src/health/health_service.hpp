#pragma once
#include "health/agent_check.hpp"
#include "health/cut_off_log.hpp"
#include "health/http_server.hpp"
#include "health/listeners.hpp"

namespace rs {

// What the directors are told, over HTTP and in agent-check lines, from memory alone. Directors
// always get through: others' connections are few, short, and queue apart.
class HealthService : private HttpServer::Desk {
public:
    using Polled = std::function<void(const Poll&)>;

    // `polled`: a director has been answered, in full. Called from the loop, and may call
    // publish(). Throws std::system_error, std::runtime_error.
    HealthService(Loop& loop, FdStore& store, Polled polled);

    // Where to listen and who may ask; for a start and for each reload. What cannot be bound is
    // among the problems and tried again every second, never somewhere else.
    void configure(const Node& node, const std::vector<Role>& roles);
    // What everybody is told from now on.
    void publish(const NodeStatus& status);
    // Begins to answer: publish() the first true status before that. Until then whoever asks waits
    // in the queues of the sockets.
    void open();
    // Takes in nobody else, and calls `alone` once those who are here have been answered.
    void finish(std::function<void()> alone);
    // One sentence each.
    [[nodiscard]] std::vector<std::string> problems() const;

private:
    const Page& answer(Visitor& visitor, std::string_view method, std::string_view path) override;
    void answered(Visitor& visitor) override;
    void gone(Visitor& visitor) override;
    void settle() override;

    void arrived(Dialect dialect, Arrival arrival);
    [[nodiscard]] bool admit(const Address& address, Caller caller);
    void serve(Dialect dialect, Arrival arrival, Visitor& visitor);
    void refuse(CutOff reason, const Address& from);
    void cut(const Visitor& visitor, CutOff reason);
    void cut_overdue();
    void arm_deadline();

    Polled polled_;
    std::function<void()> alone_;
    std::vector<Poll> polls_; // to be told when no C frame is below
    Callers callers_;
    std::vector<Endpoint> at_vips_; // where nobody will ever be answered
    VisitorLimits limits_;
    Visitors visitors_;
    Pages pages_;
    EndpointCounters counters_;
    CutOffLog log_;
    std::optional<Instant> deadline_; // for which the timer is armed
    WatchPtr deadline_timer_;
    HttpServer http_;
    AgentCheck agent_check_;
    Listeners listeners_;
};

} // namespace rs
