#pragma once
#include "kernel/netlink_message.hpp"
#include "util/unique_fd.hpp"

#include <functional>
#include <span>
#include <vector>

namespace rs::netlink {

// A socket that the kernel tells of changes: one descriptor to wait on, level-triggered.
class Listener {
public:
    // `receive_buffer` in bytes: what a storm may pile up while nobody reads. `is_hint` says
    // whether a notification matters. Throws std::system_error.
    Listener(int protocol, std::span<const int> groups, int receive_buffer,
             std::function<bool(const Message&)> is_hint);

    [[nodiscard]] int fd() const { return socket_.value(); }

    // Reads what is pending; true: some of it mattered. Lost notifications (ENOBUFS) do.
    // Throws std::system_error when the socket is broken.
    [[nodiscard]] bool drain();

private:
    // A datagram's worth: what became of it.
    enum class Received : std::uint8_t { nothing, hint, indifferent };
    [[nodiscard]] Received receive();
    [[nodiscard]] bool any_hint(Bytes datagram) const;

    UniqueFd socket_;
    std::function<bool(const Message&)> is_hint_;
    std::vector<std::byte> buffer_;
};

} // namespace rs::netlink
