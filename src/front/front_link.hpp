#pragma once
#include "event/loop.hpp"
#include "front/channel.hpp"
#include "front/messages.hpp"

#include <deque>
#include <optional>

namespace rs {

// The daemon's end of the conversation with its front. Never waits for it, and believes nothing it
// says beyond what strangers may order. A front that is gone, silent for long or talks nonsense is
// lost: nothing is said to it from then on.
class FrontLink {
public:
    // What the front tells, beyond what it asks of Control.
    struct Told {
        std::function<void(const Poll&)> polled;
        std::function<void()> problems; // are others now
        std::function<void()> bus_tried;
        std::function<void()> alone;
        std::function<void()> synced;
        std::function<void(const std::string&)> lost; // once, and why; may throw
    };

    // Everything outlives this. Throws std::system_error.
    FrontLink(Loop& loop, UniqueFd socket, Control& control, Told told);

    void configure(const Config& config);
    void publish(const NodeStatus& status);
    void emit(const Event& event);
    // Lets the health endpoints answer: publish() the first true status before.
    void open();
    // told.synced when the front has done all it was told so far, however often it was asked for.
    void sync();
    // Lets them answer those who are here, then nobody; told.alone when that is done.
    void finish();

    [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

private:
    struct Unsent {
        std::string bytes;
        bool status{}; // a later one says it all
    };

    void send(const wire::ToFront& message);
    void flush();
    bool receive(); // whether there was a message
    void miss();
    void lose(const std::string& why);
    void answer(const std::function<std::uint32_t()>& order);
    void order(const std::function<void()>& order);

    void take_in(const wire::AskDrain& message);
    void take_in(const wire::AskUndrain& message);
    void take_in(const wire::AskReload& message);
    void take_in(const wire::AskConnections& message);
    void take_in(const wire::AskLogLevel& message);
    void take_in(const wire::Polled& message) const;
    void take_in(const wire::Pulse& message);
    void take_in(const wire::BusTried& message) const;
    void take_in(const wire::Alone& message) const;
    void take_in(const wire::Synced& message);
    void take_in(const wire::Store& message) const;
    static void take_in(const wire::Unstore& message);

    Channel front_;
    UniqueFd room_; // the same: a loop takes a descriptor once
    Control& control_;
    Told told_;
    std::vector<std::string> problems_;
    std::deque<Unsent> unsent_;
    WatchPtr readable_;
    WatchPtr writable_;
    WatchPtr silence_;
    unsigned unsynced_{};             // syncs that were not confirmed
    std::optional<std::string> lost_; // why
    UniqueFd came_along_;             // with the message that is being taken in
};

} // namespace rs
