#pragma once
#include "event/loop.hpp"
#include "health/sockets.hpp"
#include "health/visitors.hpp"

#include <functional>
#include <map>

namespace rs {

// HAProxy's agent-check: each connection gets one line. It may have sent some text first
// ("agent-send"), which is read and means nothing: closed before that, the kernel would answer with
// a reset that can overtake the line.
class AgentCheck {
public:
    using Gone = std::function<void(Visitor&)>;

    // `gone`: the socket is about to be closed.
    AgentCheck(Loop& loop, Gone gone);
    AgentCheck(const AgentCheck&) = delete;
    AgentCheck& operator=(const AgentCheck&) = delete;
    ~AgentCheck();

    // True if the line has gone to the kernel whole. Ends with `gone`, which may come at once.
    [[nodiscard]] bool tell(Arrival arrival, Visitor& visitor, const std::string& line);

private:
    struct Told {
        UniqueFd socket;
        Visitor* visitor{};
    };

    void read();
    void read_from(int socket);
    void close(int socket);

    Gone gone_;
    UniqueFd epoll_;
    std::map<int, Told> told_; // by socket
    WatchPtr readable_;
};

} // namespace rs
