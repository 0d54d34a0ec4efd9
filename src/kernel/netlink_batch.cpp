#include "kernel/netlink_socket.hpp"

// Many requests in one send, with one acknowledgement.
namespace rs::netlink {

void Batch::append(nl_msg& request, std::size_t tag)
{
    const auto* header = nlmsg_hdr(&request);
    const auto start = bytes_.size();
    offsets_.push_back(start);
    tags_.push_back(tag);
    bytes_.resize(start + NLMSG_ALIGN(header->nlmsg_len));
    std::memcpy(bytes_.data() + start, header, header->nlmsg_len);
}

void Batch::clear()
{
    bytes_.clear();
    offsets_.clear();
    tags_.clear();
}

// Only the last request asks for an acknowledgement: the kernel answers in order, and a refusal
// unasked (netlink_rcv_skb), so that success costs one answer a batch and not one a request.
void Socket::number(Batch& batch)
{
    for (const auto offset : batch.offsets_) {
        nlmsghdr header{};
        std::memcpy(&header, batch.bytes_.data() + offset, sizeof header);
        header.nlmsg_seq = ++sequence_;
        const auto flags = (header.nlmsg_flags | NLM_F_REQUEST) & ~NLM_F_ACK;
        const auto ack = offset == batch.offsets_.back() ? NLM_F_ACK : 0;
        header.nlmsg_flags = static_cast<std::uint16_t>(flags | ack);
        std::memcpy(batch.bytes_.data() + offset, &header, sizeof header);
    }
}

std::vector<Failure> Socket::transact(Batch& batch)
{
    const auto first = sequence_ + 1;
    number(batch);
    std::vector<Failure> failures;
    if (batch.size() != 0) {
        send(batch.bytes_);
    }
    for (auto answered = batch.size() == 0; !answered;) {
        auto rest = receive("netlink: acknowledgement");
        while (const auto message = next_message(rest)) {
            const auto index = message->header.nlmsg_seq - first;
            if (message->header.nlmsg_type != NLMSG_ERROR || index >= batch.size()) {
                continue;
            }
            answered = index + 1 == batch.size();
            if (auto answer = decode_answer(*message); answer.error != 0) {
                failures.push_back({batch.tags_.at(index), std::move(answer)});
            }
        }
    }
    batch.clear();
    return failures;
}

} // namespace rs::netlink
