#include "kernel/netlink_message.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <limits>
#include <system_error>

namespace rs::netlink {
namespace {

constexpr std::size_t alignment = 4;

std::size_t aligned(std::size_t length)
{
    return (length + alignment - 1) / alignment * alignment;
}

// Where the attributes of an acknowledgement start: behind the echo of the request, which
// NETLINK_CAP_ACK cuts down to its header.
Bytes answer_attributes(const Message& message)
{
    if (message.header.nlmsg_type == NLMSG_DONE) {
        return behind(message.body, sizeof(int));
    }
    const auto error = head<nlmsgerr>(message);
    if (!error || (message.header.nlmsg_flags & NLM_F_ACK_TLVS) == 0) {
        return {};
    }
    const auto capped = (message.header.nlmsg_flags & NLM_F_CAPPED) != 0;
    const auto echo = capped || error->error == 0 ? sizeof(nlmsghdr) : error->msg.nlmsg_len;
    return behind(message.body, sizeof(int) + std::max(echo, sizeof(nlmsghdr)));
}

struct Attribute {
    std::optional<unsigned> type; // none: no whole one is left
    Bytes payload;
};

// Cuts the first attribute off `rest`.
Attribute next_attribute(Bytes& rest)
{
    nlattr header{};
    if (rest.size() >= sizeof header) {
        std::memcpy(&header, rest.data(), sizeof header);
    }
    if (header.nla_len < sizeof header || header.nla_len > rest.size()) {
        rest = {};
        return {};
    }
    const auto payload = rest.first(header.nla_len).subspan(sizeof header);
    rest = behind(rest, header.nla_len);
    return {header.nla_type & static_cast<unsigned>(NLA_TYPE_MASK), payload};
}

} // namespace

std::optional<Message> next_message(Bytes& rest)
{
    nlmsghdr header{};
    if (rest.size() < sizeof header) {
        return std::nullopt;
    }
    std::memcpy(&header, rest.data(), sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > rest.size()) {
        return std::nullopt;
    }
    const Message message{header, rest.first(header.nlmsg_len).subspan(sizeof header)};
    rest = behind(rest, header.nlmsg_len);
    return message;
}

Bytes behind(Bytes body, std::size_t length)
{
    return body.subspan(std::min(aligned(length), body.size()));
}

std::optional<Bytes> Attributes::find(unsigned type) const
{
    for (auto rest = bytes_; !rest.empty();) {
        if (const auto attribute = next_attribute(rest); attribute.type == type) {
            return attribute.payload;
        }
    }
    return std::nullopt;
}

std::vector<Bytes> Attributes::all(unsigned type) const
{
    std::vector<Bytes> found;
    for (auto rest = bytes_; !rest.empty();) {
        if (const auto attribute = next_attribute(rest); attribute.type == type) {
            found.push_back(attribute.payload);
        }
    }
    return found;
}

std::optional<std::uint8_t> Attributes::u8(unsigned type) const
{
    return value<std::uint8_t>(type);
}

std::optional<std::uint32_t> Attributes::u32(unsigned type) const
{
    return value<std::uint32_t>(type);
}

std::optional<std::string> Attributes::text(unsigned type) const
{
    const auto bytes = find(type);
    if (!bytes) {
        return std::nullopt;
    }
    std::string text;
    for (const auto byte : *bytes) {
        if (byte == std::byte{}) {
            break;
        }
        text += static_cast<char>(byte);
    }
    return text;
}

std::optional<Address> Attributes::address(unsigned type, Family family) const
{
    const auto bytes = find(type);
    if (!bytes || bytes->size() != width(family) / 8U) {
        return std::nullopt;
    }
    Address address{family, {}};
    std::memcpy(address.bytes.data(), bytes->data(), bytes->size());
    return address;
}

std::optional<Family> family_of(int native)
{
    switch (native) {
    case AF_INET:
        return Family::ipv4;
    case AF_INET6:
        return Family::ipv6;
    default:
        return std::nullopt;
    }
}

int native(Family family)
{
    return family == Family::ipv4 ? AF_INET : AF_INET6;
}

Answer decode_answer(const Message& message)
{
    const auto error = head<int>(message);
    if (!error || *error > 0 || *error == std::numeric_limits<int>::min()) {
        return {EBADMSG, "malformed acknowledgement"};
    }
    const Attributes attributes{answer_attributes(message)};
    return {-*error, attributes.text(NLMSGERR_ATTR_MSG).value_or("")};
}

std::string to_string(const Answer& answer)
{
    auto text = std::generic_category().message(answer.error);
    return answer.text.empty() ? text : text + " (" + answer.text + ')';
}

} // namespace rs::netlink
