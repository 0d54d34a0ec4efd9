#include "checks/protocol.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace rs::checks {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 4> type_names{"tcp", "http", "unit", "exec"};
constexpr std::uint64_t longest_time = 3'600'000'000; // an hour, as the configuration has it

std::string line(const json& object)
{
    return object.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
}

json parse(std::string_view text)
{
    return json::parse(text.begin(), text.end(), nullptr, false);
}

// The members of an object, each of which must be there and of its type.
class Members {
public:
    explicit Members(const json& object) : object_{object} {}

    std::uint64_t number(const char* name, std::uint64_t most = UINT64_MAX)
    {
        const auto* value = find(name);
        const bool good =
            value != nullptr && value->is_number_unsigned() && value->get<std::uint64_t>() <= most;
        complete_ = complete_ && good;
        return good ? value->get<std::uint64_t>() : 0;
    }

    std::string text(const char* name)
    {
        const auto* value = find(name);
        const bool good = value != nullptr && value->is_string();
        complete_ = complete_ && good;
        return good ? value->get<std::string>() : "";
    }

    bool flag(const char* name)
    {
        const auto* value = find(name);
        const bool good = value != nullptr && value->is_boolean();
        complete_ = complete_ && good;
        return good && value->get<bool>();
    }

    CheckType type(const char* name)
    {
        const auto* const found = std::ranges::find(type_names, text(name));
        complete_ = complete_ && found != type_names.end();
        return static_cast<CheckType>(found - type_names.begin());
    }

    std::chrono::microseconds time(const char* name)
    {
        return std::chrono::microseconds{number(name, longest_time)};
    }

    [[nodiscard]] bool complete() const { return complete_; }

private:
    const json* find(const char* name)
    {
        const auto found = object_.find(name);
        return found == object_.end() ? nullptr : &*found;
    }

    const json& object_;
    bool complete_ = true;
};

template <typename T>
std::optional<T> if_complete(const Members& members, T value)
{
    return members.complete() ? std::optional{std::move(value)} : std::nullopt;
}

} // namespace

std::string encode(const Command& command)
{
    if (const auto* complete = std::get_if<Complete>(&command)) {
        return line({{"complete", complete->orders}});
    }
    const auto& [id, check] = std::get<Order>(command);
    return line({{"id", id},
                 {"type", type_names.at(static_cast<std::size_t>(check.type))},
                 {"target", check.target},
                 {"expect", check.expect},
                 {"interval_usec", check.interval.count()},
                 {"timeout_usec", check.timeout.count()}});
}

std::string encode(const Message& message)
{
    const auto* report = std::get_if<Report>(&message);
    return report == nullptr
               ? line({{"alive", true}})
               : line({{"id", report->id}, {"ok", report->ok}, {"text", report->text}});
}

std::optional<Command> decode_command(std::string_view line)
{
    const auto object = parse(line);
    Members members{object};
    if (object.is_object() && object.contains("complete")) {
        return if_complete<Command>(members, Complete{members.number("complete")});
    }
    if (!object.is_object()) {
        return std::nullopt;
    }
    Order order;
    order.id = members.number("id");
    order.check.type = members.type("type");
    order.check.target = members.text("target");
    order.check.expect = members.text("expect");
    order.check.interval = members.time("interval_usec");
    order.check.timeout = members.time("timeout_usec");
    return if_complete<Command>(members, std::move(order));
}

std::optional<Message> decode_message(std::string_view line)
{
    const auto object = parse(line);
    Members members{object};
    if (object.is_object() && object.contains("alive")) {
        return Alive{};
    }
    if (!object.is_object()) {
        return std::nullopt;
    }
    Report report{members.number("id"), members.flag("ok"), members.text("text")};
    return if_complete<Message>(members, std::move(report));
}

void Lines::append(std::string_view bytes)
{
    buffer_.erase(0, start_);
    start_ = 0;
    buffer_ += bytes;
}

std::optional<std::string> Lines::next()
{
    const auto end = buffer_.find('\n', start_);
    if (end == std::string::npos) {
        return std::nullopt;
    }
    auto line = buffer_.substr(start_, end - start_);
    start_ = end + 1;
    return line;
}

} // namespace rs::checks
