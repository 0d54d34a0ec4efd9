#include "health/agent_check.hpp"

#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace rs {

AgentCheck::AgentCheck(Loop& loop, Gone gone)
    : gone_{std::move(gone)}, epoll_{::epoll_create1(EPOLL_CLOEXEC)}
{
    if (!epoll_) {
        throw std::system_error(errno, std::generic_category(), "epoll_create1");
    }
    readable_ = loop.on_readable(epoll_.value(), [this] { read(); });
    readable_->prioritize(behind_the_kernel);
}

AgentCheck::~AgentCheck() = default;

bool AgentCheck::tell(Arrival arrival, Visitor& visitor, const std::string& line)
{
    const int socket = arrival.socket.value();
    told_[socket] = {std::move(arrival.socket), &visitor};
    const bool sent =
        ::send(socket, line.data(), line.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(line.size());
    ::shutdown(socket, SHUT_WR);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = socket;
    if (!sent || ::epoll_ctl(epoll_.value(), EPOLL_CTL_ADD, socket, &event) != 0) {
        close(socket);
    }
    return sent;
}

void AgentCheck::read()
{
    std::array<epoll_event, 32> events{};
    const int count =
        ::epoll_wait(epoll_.value(), events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < count; ++i) {
        read_from(events.at(static_cast<std::size_t>(i)).data.fd);
    }
}

void AgentCheck::read_from(int socket)
{
    std::array<char, 512> ignored{};
    const auto size = ::recv(socket, ignored.data(), ignored.size(), MSG_DONTWAIT);
    if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) {
        close(socket);
    }
}

void AgentCheck::close(int socket)
{
    const auto found = told_.find(socket);
    gone_(*found->second.visitor);
    told_.erase(found);
}

} // namespace rs
