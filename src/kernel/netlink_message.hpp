#pragma once
#include "model/address.hpp"
#include "util/handle.hpp"

#include <linux/netlink.h>
#include <netlink/msg.h>

#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

// Netlink as bytes: nothing here touches a socket. Whatever the bytes are, nothing is read beyond
// their end.
namespace rs::netlink {

using Bytes = std::span<const std::byte>;

// A request in the making, as libnl builds it.
using Request = Handle<nl_msg, nlmsg_free>;

// One message as it was received; `body` points into the receive buffer.
struct Message {
    nlmsghdr header{};
    Bytes body;
};

// Cuts the first message off `rest`; none when what is left is no whole message.
[[nodiscard]] std::optional<Message> next_message(Bytes& rest);

// The fixed structure at the start of a message's body.
template <typename T>
[[nodiscard]] std::optional<T> head(const Message& message)
{
    if (message.body.size() < sizeof(T)) {
        return std::nullopt;
    }
    T value{};
    std::memcpy(&value, message.body.data(), sizeof(T));
    return value;
}

// What follows `length` bytes of a fixed structure, which is padded to four bytes.
[[nodiscard]] Bytes behind(Bytes body, std::size_t length);

// A sequence of attributes. Each look-up goes through all of them: there are about ten.
class Attributes {
public:
    explicit Attributes(Bytes bytes) : bytes_{bytes} {}

    [[nodiscard]] std::optional<Bytes> find(unsigned type) const;

    [[nodiscard]] bool has(unsigned type) const { return find(type).has_value(); }

    // Every attribute of that type, in order.
    [[nodiscard]] std::vector<Bytes> all(unsigned type) const;

    // A fixed structure of the kernel's.
    template <typename T>
    [[nodiscard]] std::optional<T> value(unsigned type) const
    {
        const auto bytes = find(type);
        if (!bytes || bytes->size() < sizeof(T)) {
            return std::nullopt;
        }
        T value{};
        std::memcpy(&value, bytes->data(), sizeof(T));
        return value;
    }

    [[nodiscard]] std::optional<std::uint8_t> u8(unsigned type) const;
    [[nodiscard]] std::optional<std::uint32_t> u32(unsigned type) const;
    [[nodiscard]] std::optional<std::string> text(unsigned type) const;
    [[nodiscard]] std::optional<Address> address(unsigned type, Family family) const;

private:
    Bytes bytes_;
};

// The attributes behind the fixed structure T.
template <typename T>
[[nodiscard]] Attributes attributes(const Message& message)
{
    return Attributes{behind(message.body, sizeof(T))};
}

// AF_INET or AF_INET6; none for the rest.
[[nodiscard]] std::optional<Family> family_of(int native);
[[nodiscard]] int native(Family family);

// How a request ended: an acknowledgement, or the end of a dump.
struct Answer {
    int error{};      // errno; 0 is success
    std::string text; // the kernel's extended acknowledgement, often empty
};

[[nodiscard]] Answer decode_answer(const Message& message);
// "Operation not permitted (the kernel's words)"
[[nodiscard]] std::string to_string(const Answer& answer);

} // namespace rs::netlink
