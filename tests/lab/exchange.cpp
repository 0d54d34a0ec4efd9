#include "exchange.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <system_error>

namespace lab {
namespace {

constexpr std::size_t pattern_length = 251;
constexpr int request_ticks = 30;
constexpr int pause_ticks = 50;

constexpr std::string_view request_text = "GET /short HTTP/1.0\r\nHost: lab\r\n\r\n";
constexpr std::string_view download_text = "GET /long HTTP/1.0\r\nHost: lab\r\n\r\n";

double seconds(Clock::duration duration)
{
    return std::chrono::duration<double>(duration).count();
}

double seconds(Clock::time_point time)
{
    return seconds(time.time_since_epoch());
}

const sockaddr* raw(const sockaddr_in& address)
{
    return reinterpret_cast<const sockaddr*>(&address);
}

// The value of a header line; empty if there is none.
std::string_view field(std::string_view head, std::string_view name)
{
    const auto begin = head.find(name);
    if (begin == std::string_view::npos) {
        return {};
    }
    head.remove_prefix(begin + name.size());
    return head.substr(0, head.find('\r'));
}

} // namespace

Exchange::Exchange(Kind kind, const sockaddr_in& source, const sockaddr_in& server)
    : kind_{kind}, socket_{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)}
{
    const int on = 1;
    if (::setsockopt(socket_.value(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        ::bind(socket_.value(), raw(source), sizeof source) != 0) {
        throw std::system_error{errno, std::generic_category(), "socket"};
    }
    if (::connect(socket_.value(), raw(server), sizeof server) != 0 && errno != EINPROGRESS) {
        end(errno);
    }
}

void Exchange::ready()
{
    if (over()) {
        return; // it could not even begin
    }
    if (!connected_) {
        send_request();
    } else {
        receive();
    }
}

void Exchange::tick()
{
    ++ticks_;
    if (ticks_ > (kind_ == Kind::request ? request_ticks : pause_ticks)) {
        end(!connected_ ? "no-connection" : kind_ == Kind::request ? "timeout" : "stalled");
    }
}

std::string Exchange::record() const
{
    std::array<char, 200> line{};
    std::snprintf(line.data(), line.size(), "%s %.6f %.6f %.6f %.6f %s %s\n",
                  kind_ == Kind::request ? "request" : "download", seconds(began_),
                  seconds(Clock::now()), seconds(pause_began_), seconds(pause_), server_.c_str(),
                  outcome_.c_str());
    return line.data();
}

void Exchange::end(int error)
{
    switch (error) {
    case ECONNREFUSED:
        return end("refused");
    case ECONNRESET:
    case EPIPE:
        return end("reset");
    default:
        return end(std::generic_category().message(error));
    }
}

void Exchange::came()
{
    const auto now = Clock::now();
    if (now - last_came_ > pause_) {
        pause_began_ = last_came_;
        pause_ = now - last_came_;
    }
    last_came_ = now;
}

void Exchange::send_request()
{
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(socket_.value(), SOL_SOCKET, SO_ERROR, &error, &length);
    const auto text = kind_ == Kind::request ? request_text : download_text;
    if (error == 0 && ::send(socket_.value(), text.data(), text.size(), MSG_NOSIGNAL) < 0) {
        error = errno;
    }
    if (error != 0) {
        return end(error);
    }
    connected_ = true;
}

void Exchange::receive()
{
    std::array<char, 16384> buffer{};
    const auto length = ::recv(socket_.value(), buffer.data(), buffer.size(), 0);
    if (length < 0) {
        return errno == EAGAIN || errno == EINTR ? void() : end(errno);
    }
    came();
    if (length == 0) {
        return end(head_complete_ && received_ == expected_ ? "ok" : "short");
    }
    ticks_ = kind_ == Kind::download ? 0 : ticks_;
    accept({buffer.data(), static_cast<std::size_t>(length)});
}

void Exchange::accept(std::string_view data)
{
    if (head_complete_) {
        return check_body(data);
    }
    head_ += data;
    const auto body = head_.find("\r\n\r\n");
    if (body == std::string::npos) {
        return;
    }
    head_complete_ = true;
    const auto rest = head_.substr(body + 4);
    head_.resize(body + 2);
    read_head();
    check_body(rest);
}

void Exchange::read_head()
{
    if (head_.find(" 200 ") > head_.find('\r')) {
        return end("not-200");
    }
    server_ = field(head_, "X-Real-Server: ");
    const auto length = field(head_, "Content-Length: ");
    std::from_chars(length.data(), length.data() + length.size(), expected_);
}

void Exchange::check_body(std::string_view data)
{
    for (const auto byte : data) {
        if (static_cast<unsigned char>(byte) != received_ % pattern_length) {
            return end("wrong");
        }
        ++received_;
    }
}

} // namespace lab
