#pragma once
#include "event/loop.hpp"
#include "health/pages.hpp"
#include "health/sockets.hpp"
#include "health/visitors.hpp"

namespace rs {

// HTTP over connections that somebody else accepts: libmicrohttpd without threads or sockets of
// its own, run from our loop, behind the kernel's hints. One request a connection.
class HttpServer {
public:
    // What the server asks for and tells. Called with C frames below: noexcept.
    struct Desk {
        Desk() = default;
        Desk(const Desk&) = delete;
        Desk& operator=(const Desk&) = delete;
        virtual ~Desk() = default;
        // The answer; the visitor has asked all that he may.
        virtual const Page& answer(Visitor& visitor, std::string_view method,
                                   std::string_view path) = 0;
        // The whole answer has gone to the kernel.
        virtual void answered(Visitor& visitor) = 0;
        // The socket is about to be closed; the visitor is not named again.
        virtual void gone(Visitor& visitor) = 0;
        // What the calls above left to be done, once no C frame is below: may throw.
        virtual void settle() = 0;
    };

    // `most` connections at a time. The desk outlives this. Throws std::runtime_error.
    HttpServer(Loop& loop, Desk& desk, std::size_t most);

    // Ends with gone(), which may come at once.
    void take(Arrival arrival, Visitor& visitor);
    // All that can be done without waiting. Also calls settle().
    void run();

private:
    struct Callbacks; // which are C's

    Desk& desk_;
    Visitor* arriving_{}; // during take()
    WatchPtr timer_;
    WatchPtr readable_;
    Handle<MHD_Daemon, MHD_stop_daemon> daemon_;
};

} // namespace rs
