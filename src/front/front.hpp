#pragma once
#include "bus/bus_service.hpp"
#include "event/fd_store.hpp"
#include "front/channel.hpp"
#include "front/messages.hpp"
#include "health/health_service.hpp"

#include <deque>

namespace rs {

// What faces strangers: HTTP, the agent check and D-Bus, in a process that may do nothing but
// answer, and ask the daemon.
class Front : private Control, private FdStore {
public:
    // Throws std::system_error.
    Front(UniqueFd socket, BusKind bus);

    // Until the daemon is gone, which it reports by std::system_error.
    void run();

private:
    void drain(const std::string& role, const DrainRequest& request) override;
    void undrain(const std::string& role) override;
    void reload() override;
    void when_done(const Done& done) override;
    [[nodiscard]] std::uint32_t connections(const std::string& role) override;
    [[nodiscard]] LogLevel log_level() const override;
    void set_log_level(LogLevel level) override;

    [[nodiscard]] std::vector<StoredFd> take() override;
    void store(const std::string& name, int fd) override;
    void remove(const std::string& name) override;

    void tell(const wire::ToDaemon& message, int fd = -1) const;
    // What is said again soon: not told at all when the daemon, which may hang, leaves much unread.
    void mention(const wire::ToDaemon& message) const;
    // To the question that was asked alone; what the daemon says before it waits for catch_up().
    [[nodiscard]] std::optional<wire::Answer> answer_by(Clock::time_point deadline);
    void order(const wire::ToDaemon& question, const std::string& role);
    void pass_on();
    void receive();
    void catch_up();
    void pulse();

    void take_in(const wire::Configured& message);
    void take_in(const wire::Published& message);
    void take_in(const wire::Happened& message);
    void take_in(const wire::Open& message);
    void take_in(const wire::Finish& message);
    void take_in(const wire::Sync& message);
    void take_in(const wire::Answer& message);

    struct Asked {
        std::string role;
        std::string unsent; // while the daemon leaves too much unread
        Done done;          // none: nobody waits for the answer any more
    };

    Channel daemon_;
    BusKind bus_kind_;
    std::deque<wire::ToFront> heard_; // and not taken in yet
    std::deque<Asked> asked_;         // and not answered yet, the oldest first
    Loop loop_;
    HealthService health_;
    WatchPtr readable_;
    WatchPtr catch_up_;
    WatchPtr pulse_;
    std::optional<BusService> bus_; // from the first status on
};

} // namespace rs
