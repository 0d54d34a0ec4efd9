#include "checks/tcp_probe.hpp"

#include "checks/text.hpp"
#include "config/values.hpp"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace rs::checks {
namespace {

int connect_to(int socket, const Endpoint& to)
{
    sockaddr_storage storage{};
    socklen_t size = sizeof(sockaddr_in);
    if (to.address.family == Family::ipv4) {
        auto* address = reinterpret_cast<sockaddr_in*>(&storage); // NOLINT
        address->sin_family = AF_INET;
        address->sin_port = htons(to.port);
        std::memcpy(&address->sin_addr, to.address.bytes.data(), sizeof address->sin_addr);
    } else {
        auto* address = reinterpret_cast<sockaddr_in6*>(&storage); // NOLINT
        address->sin6_family = AF_INET6;
        address->sin6_port = htons(to.port);
        std::memcpy(&address->sin6_addr, to.address.bytes.data(), sizeof address->sin6_addr);
        size = sizeof(sockaddr_in6);
    }
    return ::connect(socket, reinterpret_cast<const sockaddr*>(&storage), size); // NOLINT
}

} // namespace

TcpProbe::TcpProbe(Loop& loop, const std::string& target) : loop_{loop}
{
    const auto endpoint = parse_endpoint(target);
    if (!endpoint) {
        throw std::invalid_argument{target};
    }
    endpoint_ = *endpoint;
}

void TcpProbe::start(Done done)
{
    done_ = std::move(done);
    const int family = endpoint_.address.family == Family::ipv4 ? AF_INET : AF_INET6;
    socket_ = UniqueFd{::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    const bool connected = socket_ && connect_to(socket_.value(), endpoint_) == 0;
    const int code = connected ? 0 : errno;
    if (code != EINPROGRESS) {
        finish(code);
        return;
    }
    writable_ = loop_.on_ready(socket_.value(), EPOLLOUT, [this] {
        int result{};
        socklen_t size = sizeof result;
        ::getsockopt(socket_.value(), SOL_SOCKET, SO_ERROR, &result, &size);
        finish(result);
    });
}

void TcpProbe::finish(int code)
{
    cancel();
    done_({code == 0, code == 0 ? "connected" : error_text(code)});
}

void TcpProbe::cancel()
{
    if (writable_) {
        writable_->disarm(); // it may be the caller
    }
    socket_ = UniqueFd{};
}

} // namespace rs::checks
