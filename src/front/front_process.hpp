#pragma once
#include "bus/names.hpp"
#include "util/unique_fd.hpp"

#include <sys/types.h>

#include <utility>

namespace rs {

// What the process of the front does: main() of it. `socket`: its end of the channel, which it
// owns. The exit status.
[[nodiscard]] int run_front(int socket, BusKind bus);

// The process of the front, a child of this one; ends, at the latest, with it.
class FrontProcess {
public:
    // Returns when the front is there and confined. What an earlier life stored with the service
    // manager goes to it. Throws std::system_error, std::runtime_error.
    explicit FrontProcess(BusKind bus);
    FrontProcess(const FrontProcess&) = delete;
    FrontProcess& operator=(const FrontProcess&) = delete;
    ~FrontProcess();

    // The daemon's end of the channel, once.
    [[nodiscard]] UniqueFd take_socket() { return std::move(socket_); }

private:
    FrontProcess(BusKind bus, std::pair<UniqueFd, UniqueFd> ends);

    UniqueFd socket_;
    pid_t process_{};
};

} // namespace rs
