#include "front/channel.hpp"

#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace rs {
namespace {

[[noreturn]] void fail(const char* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

struct Ancillary {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> bytes{};
};

// False: EAGAIN.
bool send_message(int socket, std::string_view bytes, int fd, int flags)
{
    iovec part{const_cast<char*>(bytes.data()), bytes.size()}; // NOLINT(*-const-cast)
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    Ancillary ancillary;
    if (fd >= 0) {
        message.msg_control = ancillary.bytes.data();
        message.msg_controllen = ancillary.bytes.size();
        auto* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof fd);
        std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
    }
    while (::sendmsg(socket, &message, flags | MSG_NOSIGNAL) < 0) {
        if (errno == EAGAIN) {
            return false;
        }
        if (errno != EINTR) {
            fail("sendmsg");
        }
    }
    return true;
}

UniqueFd file_of(std::string_view bytes)
{
    UniqueFd file{::memfd_create("realserverd", MFD_CLOEXEC)};
    if (!file) {
        fail("memfd_create");
    }
    while (!bytes.empty()) {
        const auto written = ::write(file.value(), bytes.data(), bytes.size());
        if (written < 0) {
            fail("write");
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return file;
}

std::string content_of(int file)
{
    std::string bytes;
    std::array<char, Channel::longest_inline> buffer{};
    while (true) {
        const auto got =
            ::pread(file, buffer.data(), buffer.size(), static_cast<off_t>(bytes.size()));
        if (got < 0) {
            fail("pread");
        }
        if (got == 0) {
            return bytes;
        }
        bytes.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

UniqueFd descriptor_of(msghdr& message)
{
    const auto* header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_type != SCM_RIGHTS) {
        return {};
    }
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return UniqueFd{fd};
}

void limit(std::string_view bytes)
{
    if (bytes.size() > Channel::longest_inline) {
        throw std::system_error(EMSGSIZE, std::generic_category(), "a message to the daemon");
    }
}

// A message of this one byte stands for the file that comes with it.
constexpr std::string_view see_file = "F";

} // namespace

std::pair<UniqueFd, UniqueFd> Channel::make()
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        fail("socketpair");
    }
    return {UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

bool Channel::send_large(std::string_view bytes) const
{
    if (bytes.size() > see_file.size() && bytes.size() <= longest_inline) {
        return send_message(socket_.value(), bytes, -1, MSG_DONTWAIT);
    }
    const auto file = file_of(bytes);
    return send_message(socket_.value(), see_file, file.value(), MSG_DONTWAIT);
}

void Channel::send(std::string_view bytes, int fd) const
{
    limit(bytes);
    send_message(socket_.value(), bytes, fd, 0);
}

bool Channel::offer(std::string_view bytes) const
{
    limit(bytes);
    return send_message(socket_.value(), bytes, -1, MSG_DONTWAIT);
}

std::optional<Parcel> Channel::receive(Wait wait) const
{
    std::array<char, longest_inline> buffer{};
    iovec part{buffer.data(), buffer.size()};
    Ancillary ancillary;
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = ancillary.bytes.data();
    message.msg_controllen = CMSG_LEN(sizeof(int)); // one descriptor, whatever was sent
    const int flags = MSG_CMSG_CLOEXEC | (wait == Wait::no ? MSG_DONTWAIT : 0);
    ssize_t got{};
    do {
        got = ::recvmsg(socket_.value(), &message, flags);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        if (errno == EAGAIN) {
            return std::nullopt;
        }
        fail("recvmsg");
    }
    if (got == 0) {
        throw std::system_error(ECONNRESET, std::generic_category(), "recvmsg");
    }
    return Parcel{{buffer.data(), static_cast<std::size_t>(got)}, descriptor_of(message)};
}

std::optional<std::string> Channel::receive_large(Wait wait) const
{
    auto parcel = receive(wait);
    if (!parcel) {
        return std::nullopt;
    }
    return parcel->bytes == see_file ? content_of(parcel->fd.value()) : std::move(parcel->bytes);
}

} // namespace rs
