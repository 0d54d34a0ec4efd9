#pragma once
#include "util/unique_fd.hpp"

#include <sys/types.h>

#include <string>
#include <string_view>

namespace rs::checks {

// The process that runs the checks, on one end of a socket pair; it ends with this object.
class Worker {
public:
    // Throws std::system_error if `program` cannot be executed.
    explicit Worker(const std::string& program);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker();

    // Never blocks.
    [[nodiscard]] int socket() const { return socket_.value(); }

    [[nodiscard]] pid_t process() const { return process_; }

private:
    UniqueFd socket_;
    pid_t process_;
};

// Where an installed host has the program; the environment variable REALSERVERD_CHECKS names
// another one, for the build tree.
[[nodiscard]] std::string worker_program();

} // namespace rs::checks
