#pragma once
#include "model/role.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

// What the daemon and the process that runs its checks say to each other: JSON, a line each.
namespace rs::checks {

using Id = std::uint64_t;

// Down: run this. Rise and fall stay with the daemon and are not sent.
struct Order {
    Id id{};
    Check check;
    auto operator<=>(const Order&) const = default;
};

// Down: the orders since the last of these are all there is to run.
struct Complete {
    std::size_t orders{};
    auto operator<=>(const Complete&) const = default;
};

// Up: what one run of a check found.
struct Report {
    Id id{};
    bool ok{};
    std::string text;
    auto operator<=>(const Report&) const = default;
};

// Up: nothing new, but the process is not stuck.
struct Alive {
    auto operator<=>(const Alive&) const = default;
};

using Command = std::variant<Order, Complete>;
using Message = std::variant<Report, Alive>;

// With the newline; bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string encode(const Command& command);
[[nodiscard]] std::string encode(const Message& message);
// A line without its newline; none if it says nothing of the kind.
[[nodiscard]] std::optional<Command> decode_command(std::string_view line);
[[nodiscard]] std::optional<Message> decode_message(std::string_view line);

// Cuts a stream into lines.
class Lines {
public:
    static constexpr std::size_t longest = std::size_t{64} * 1024;

    void append(std::string_view bytes);
    // The next whole line, without its newline.
    [[nodiscard]] std::optional<std::string> next();

    // What follows the last whole line cannot become a line any more.
    [[nodiscard]] bool too_long() const { return buffer_.size() - start_ > longest; }

private:
    std::string buffer_;
    std::size_t start_ = 0; // of what has not been taken
};

} // namespace rs::checks
