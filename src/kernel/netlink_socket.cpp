#include "kernel/netlink_socket.hpp"

#include "kernel/datagram.hpp"
#include "kernel/failure.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>

namespace rs::netlink {
namespace {

constexpr int attempts = 5;
constexpr int receive_buffer = 4 << 20;
constexpr std::size_t batch_bytes = std::size_t{48} << 10U;
constexpr std::size_t first_buffer = std::size_t{64} << 10U; // dumps come in pieces of 32 KiB
// What one acknowledgement is charged for in the receive buffer, with its overhead in the kernel.
constexpr std::size_t answer_charge = 2048;

void try_option(int fd, int option)
{
    const int on = 1;
    // Older kernels lack some; everything works without, only less well.
    static_cast<void>(::setsockopt(fd, SOL_NETLINK, option, &on, sizeof on));
}

std::size_t grow_receive_buffer(int fd)
{
    const int wanted = receive_buffer;
    if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) != 0) {
        static_cast<void>(::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted));
    }
    int granted = 0;
    socklen_t size = sizeof granted;
    if (::getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &granted, &size) != 0) {
        fail("netlink: getsockopt SO_RCVBUF");
    }
    return static_cast<std::size_t>(granted);
}

bool lacks_family(int error)
{
    return error == EAFNOSUPPORT || error == EOPNOTSUPP;
}

// Visits one message of a dump; true for the last one.
bool take(const char* what, const Message& message,
          const std::function<void(const Message&)>& visit)
{
    if (message.header.nlmsg_type != NLMSG_DONE && message.header.nlmsg_type != NLMSG_ERROR) {
        visit(message);
        return false;
    }
    const auto answer = decode_answer(message);
    if (answer.error != 0 && !lacks_family(answer.error)) {
        fail(what, answer.error, answer.text);
    }
    return true;
}

} // namespace

Socket::Socket(int protocol) : protocol_{protocol}, buffer_(first_buffer)
{
    open();
}

void Socket::open()
{
    fd_ = UniqueFd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol_)};
    if (!fd_) {
        fail("netlink: socket");
    }
    try_option(fd_.value(), NETLINK_EXT_ACK);
    try_option(fd_.value(), NETLINK_CAP_ACK);
    try_option(fd_.value(), NETLINK_GET_STRICT_CHK);
    const timeval patience{.tv_sec = 10, .tv_usec = 0}; // the kernel answers at once, or never
    static_cast<void>(
        ::setsockopt(fd_.value(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience));
    most_answers_ = std::max<std::size_t>(1, grow_receive_buffer(fd_.value()) / answer_charge);
}

bool Socket::full(const Batch& batch) const
{
    return batch.bytes() >= batch_bytes || batch.size() >= most_answers_;
}

void Socket::send(Bytes bytes) const
{
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): that is the socket API
    const auto* address = reinterpret_cast<const sockaddr*>(&kernel);
    ssize_t sent{};
    do {
        sent = ::sendto(fd_.value(), bytes.data(), bytes.size(), 0, address, sizeof kernel);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        fail("netlink: send");
    }
}

// Grows the buffer to the next datagram: one that was cut off could have held the end of the dump.
void Socket::make_room(const char* what)
{
    ssize_t length{};
    do {
        length = ::recv(fd_.value(), nullptr, 0, MSG_PEEK | MSG_TRUNC);
    } while (length < 0 && errno == EINTR);
    if (length < 0) {
        fail(what, errno == EAGAIN ? ETIMEDOUT : errno);
    }
    if (static_cast<std::size_t>(length) > buffer_.size()) {
        buffer_.resize(static_cast<std::size_t>(length));
    }
}

// One datagram; empty if it is not the kernel's (any process may send to our port) or was cut off.
Bytes Socket::receive(const char* what)
{
    Datagram datagram;
    do {
        datagram = receive_datagram(fd_.value(), buffer_, 0);
    } while (datagram.length < 0 && errno == EINTR);
    if (datagram.length < 0) {
        fail(what, errno == EAGAIN ? ETIMEDOUT : errno);
    }
    if (!datagram.from_kernel || !datagram.whole) {
        return {};
    }
    return Bytes{buffer_}.first(static_cast<std::size_t>(datagram.length));
}

// False when the answer was inconsistent: to be repeated.
bool Socket::try_dump(const char* what, nl_msg& request, const Visitor& visit,
                      const std::function<bool()>& enough)
{
    auto* header = nlmsg_hdr(&request);
    header->nlmsg_seq = ++sequence_;
    header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    send({reinterpret_cast<const std::byte*>(header), header->nlmsg_len}); // NOLINT: bytes of it
    auto consistent = true;
    for (auto finished = false; !finished;) {
        make_room(what);
        auto rest = receive(what);
        while (const auto message = next_message(rest)) {
            if (message->header.nlmsg_seq == sequence_) { // not of a dump that was given up
                consistent = consistent && (message->header.nlmsg_flags & NLM_F_DUMP_INTR) == 0;
                finished = take(what, *message, visit) || finished;
            }
        }
        if (!finished && enough()) {
            open(); // the rest would have to be read from the old one
            return true;
        }
    }
    return consistent;
}

void Socket::check_attempts(const char* what, int attempt)
{
    if (attempt + 1 >= attempts) {
        fail(what, EINTR, "the kernel's tables change faster than they can be read");
    }
}

Answer Socket::ask(Request request, const Visitor& visit)
{
    auto* header = nlmsg_hdr(request.get());
    header->nlmsg_seq = ++sequence_;
    header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    send({reinterpret_cast<const std::byte*>(header), header->nlmsg_len}); // NOLINT: bytes of it
    std::optional<Answer> answer;
    while (!answer) {
        make_room("netlink: answer");
        auto rest = receive("netlink: answer");
        while (const auto message = next_message(rest)) {
            if (message->header.nlmsg_seq != sequence_) {
                continue; // of a dump that was given up
            }
            if (message->header.nlmsg_type == NLMSG_ERROR) {
                answer = decode_answer(*message);
            } else {
                visit(*message);
            }
        }
    }
    return *answer;
}

} // namespace rs::netlink
