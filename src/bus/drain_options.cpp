#include "bus/drain_options.hpp"

#include "bus/bus_error.hpp"

namespace rs {
namespace {

constexpr auto timeout_option = "timeout-usec";
constexpr auto runtime_option = "runtime";

[[noreturn]] void refuse(const std::string& message)
{
    throw bus_error(error_invalid_arguments, message);
}

template <typename Value>
Value option_value(const std::string& name, const sdbus::Variant& value, const char* allowed)
{
    if (!value.containsValueOfType<Value>()) {
        refuse("option '" + name + "': a value of type '" + std::string{value.peekValueType()} +
               "'; allowed: " + allowed);
    }
    return value.get<Value>();
}

std::chrono::microseconds timeout_value(const sdbus::Variant& value)
{
    const auto microseconds = option_value<std::uint64_t>(
        timeout_option, value, "type 't', microseconds, 0 waits without limit");
    // UINT64_MAX is systemd's word for infinity.
    return microseconds > static_cast<std::uint64_t>(DrainRequest::longest_timeout.count())
               ? std::chrono::microseconds::zero()
               : std::chrono::microseconds{microseconds};
}

} // namespace

DrainRequest drain_request(const std::map<std::string, sdbus::Variant>& options)
{
    DrainRequest request;
    for (const auto& [name, value] : options) {
        if (name == timeout_option) {
            request.timeout = timeout_value(value);
        } else if (name == runtime_option) {
            request.persistent = !option_value<bool>(name, value, "type 'b'");
        } else {
            refuse("option '" + name + "': unknown; allowed: 'timeout-usec' (t), 'runtime' (b)");
        }
    }
    return request;
}

} // namespace rs
