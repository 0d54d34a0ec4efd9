#include "server.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>

namespace rs::test {
namespace {

sockaddr_in loopback(unsigned port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
}

// Bound to a port of the kernel's choice.
UniqueFd bound_socket(unsigned& port)
{
    UniqueFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    auto address = loopback(0);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address); // NOLINT
    if (::bind(fd.value(), generic, size) != 0 || ::getsockname(fd.value(), generic, &size) != 0) {
        throw std::runtime_error{"bind"};
    }
    port = ntohs(address.sin_port);
    return fd;
}

} // namespace

std::string Connection::read_head() const
{
    std::string head;
    std::array<char, 1024> bytes{};
    ssize_t got{};
    while (head.find("\r\n\r\n") == std::string::npos &&
           (got = ::recv(socket_.value(), bytes.data(), bytes.size(), 0)) > 0) {
        head.append(bytes.data(), static_cast<std::size_t>(got));
    }
    return head;
}

bool Connection::send(const std::string& bytes) const
{
    return ::send(socket_.value(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0;
}

bool Connection::left_within(std::chrono::milliseconds time) const
{
    pollfd left{socket_.value(), POLLRDHUP, 0};
    return ::poll(&left, 1, static_cast<int>(time.count())) != 0;
}

void Connection::wait_until_left() const
{
    std::array<char, 1024> bytes{};
    while (::recv(socket_.value(), bytes.data(), bytes.size(), 0) > 0) {
    }
}

void Connection::reset()
{
    const linger at_once{1, 0};
    ::setsockopt(socket_.value(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    socket_ = UniqueFd{};
}

Server::Server(Serve serve) : listener_{bound_socket(port_)}, serve_{std::move(serve)}
{
    if (::listen(listener_.value(), 64) != 0) {
        throw std::runtime_error{"listen"};
    }
    acceptor_ = std::thread{[this] { accept_all(); }};
}

Server::~Server()
{
    ::shutdown(listener_.value(), SHUT_RDWR);
    acceptor_.join();
    for (auto& thread : threads_) {
        thread.join();
    }
}

void Server::accept_all()
{
    int socket{};
    while ((socket = ::accept4(listener_.value(), nullptr, nullptr, SOCK_CLOEXEC)) >= 0) {
        ++accepted_;
        threads_.emplace_back([this, socket] {
            Connection connection{socket};
            serve_(connection);
        });
    }
}

Server::Serve answering(const std::string& answer)
{
    return [answer](Connection& connection) {
        static_cast<void>(connection.read_head());
        connection.send(answer);
    };
}

FullPort::FullPort() : listener_{bound_socket(port_)}
{
    ::listen(listener_.value(), 0);
    const auto address = loopback(port_);
    // Until one is neither refused nor accepted.
    for (bool full = false; !full;) {
        waiting_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        ::connect(waiting_.back().value(), reinterpret_cast<const sockaddr*>(&address), // NOLINT
                  sizeof address);
        pollfd connected{waiting_.back().value(), POLLOUT, 0};
        full = ::poll(&connected, 1, 100) == 0;
    }
}

std::string closed_port()
{
    unsigned port{};
    const auto socket = bound_socket(port);
    return "127.0.0.1:" + std::to_string(port);
}

} // namespace rs::test
