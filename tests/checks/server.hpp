#pragma once
#include "util/unique_fd.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace rs::test {

// One connection of a Server, on a thread of its own.
class Connection {
public:
    explicit Connection(int socket) : socket_{socket} {}

    // The head of a request, or less if the client leaves.
    std::string read_head() const;
    // False when the client has left.
    bool send(const std::string& bytes) const;
    // Whether the client leaves in this time; what it sends meanwhile is not read.
    bool left_within(std::chrono::milliseconds time) const;
    void wait_until_left() const;
    void reset();

private:
    UniqueFd socket_;
};

// Listens on a port of 127.0.0.1 and does with each connection whatever the test wants.
class Server {
public:
    using Serve = std::function<void(Connection&)>;

    explicit Server(Serve serve);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server(); // waits for all connections

    [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

    [[nodiscard]] std::string url(const std::string& path = "/") const
    {
        return "http://" + address() + path;
    }

    [[nodiscard]] int accepted() const { return accepted_; }

private:
    void accept_all();

    unsigned port_{}; // set by what makes the listener
    UniqueFd listener_;
    Serve serve_;
    std::atomic<int> accepted_ = 0;
    std::list<std::thread> threads_;
    std::thread acceptor_;
};

// A server that gives each request the same answer.
[[nodiscard]] Server::Serve answering(const std::string& answer);

// A port of 127.0.0.1 whose listener never accepts, and whose queue is full: the kernel drops what
// comes on top.
class FullPort {
public:
    FullPort();

    [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

private:
    unsigned port_{}; // set by what makes the listener
    UniqueFd listener_;
    std::list<UniqueFd> waiting_;
};

// A port of 127.0.0.1 that nobody listens on.
[[nodiscard]] std::string closed_port();

} // namespace rs::test
