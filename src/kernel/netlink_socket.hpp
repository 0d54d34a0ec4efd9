#pragma once
#include "kernel/netlink_message.hpp"
#include "util/unique_fd.hpp"

#include <functional>
#include <limits>
#include <vector>

namespace rs::netlink {

// Requests that go to the kernel in one send, each with a number of the caller's by which its
// answer is told apart.
class Batch {
public:
    void append(nl_msg& request, std::size_t tag);
    void clear();

    [[nodiscard]] std::size_t size() const { return tags_.size(); }

    [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }

private:
    friend class Socket;
    std::vector<std::byte> bytes_;
    std::vector<std::size_t> offsets_;
    std::vector<std::size_t> tags_;
};

// A request of a batch that the kernel refused.
struct Failure {
    std::size_t tag{};
    Answer answer;
};

// A blocking netlink socket for requests. Every answer is matched by sender and sequence number.
class Socket {
public:
    // `protocol`: NETLINK_ROUTE, NETLINK_GENERIC, NETLINK_SOCK_DIAG. Throws std::system_error.
    explicit Socket(int protocol);

    // What `decode` makes of every message that answers the dump request; `what` names it in
    // errors. A dump that a change interrupted is repeated, a few times. An address family that
    // the kernel lacks has no objects. Given up once there are `most` values or a few more.
    // Throws std::system_error.
    template <typename T>
    [[nodiscard]] std::vector<T> dump(const char* what, Request request,
                                      const std::function<std::optional<T>(const Message&)>& decode,
                                      std::size_t most = std::numeric_limits<std::size_t>::max())
    {
        std::vector<T> values;
        const auto collect = [&](const Message& message) {
            if (auto value = decode(message)) {
                values.push_back(std::move(*value));
            }
        };
        const auto enough = [&] { return values.size() >= most; };
        for (auto attempt = 0; !try_dump(what, *request, collect, enough); ++attempt) {
            values.clear();
            check_attempts(what, attempt);
        }
        return values;
    }

    // Sends one request; `visit` gets every message that comes before its acknowledgement.
    // Throws std::system_error when the outcome is unknown.
    [[nodiscard]] Answer ask(Request request, const std::function<void(const Message&)>& visit);

    [[nodiscard]] Answer ask(Request request)
    {
        return ask(std::move(request), [](const Message&) {});
    }

    // Sends the batch and takes the acknowledgement of each request. Throws std::system_error when
    // the outcome is unknown.
    [[nodiscard]] std::vector<Failure> transact(Batch& batch);
    // Whether so much stands in the batch that it has to be sent before more is appended: the
    // acknowledgements must fit into our receive buffer.
    [[nodiscard]] bool full(const Batch& batch) const;

private:
    using Visitor = std::function<void(const Message&)>;
    [[nodiscard]] bool try_dump(const char* what, nl_msg& request, const Visitor& visit,
                                const std::function<bool()>& enough);
    static void check_attempts(const char* what, int attempt);
    void number(Batch& batch);
    void send(Bytes bytes) const;
    void open();
    void make_room(const char* what);
    [[nodiscard]] Bytes receive(const char* what);

    int protocol_;
    UniqueFd fd_;
    std::uint32_t sequence_ = 0;
    std::size_t most_answers_ = 0;
    std::vector<std::byte> buffer_;
};

} // namespace rs::netlink
