#include "fake_systemd.hpp"

#include <stdexcept>
#include <string_view>

namespace rs::test {
namespace {

constexpr const char* root = "/org/freedesktop/systemd1";
constexpr const char* units = "/org/freedesktop/systemd1/unit";

std::string path_of(const std::string& unit)
{
    char* path{};
    sd_bus_path_encode(units, unit.c_str(), &path);
    std::string result{path};
    std::free(path); // NOLINT: sd-bus allocates so
    return result;
}

} // namespace

FakeSystemd::FakeSystemd(Loop& loop, const std::string& address) : client_{loop, address}
{
    const auto answer_call = [](sd_bus_message* call, void* self, sd_bus_error*) {
        return static_cast<FakeSystemd*>(self)->answer(call);
    };
    sd_bus_add_object(client_.native(), nullptr, root, answer_call, this);
    sd_bus_add_fallback(client_.native(), nullptr, units, answer_call, this);
    request_name();
}

void FakeSystemd::request_name()
{
    if (sd_bus_request_name(client_.native(), "org.freedesktop.systemd1", 0) < 0) {
        throw std::runtime_error{"org.freedesktop.systemd1"};
    }
}

void FakeSystemd::release_name()
{
    subscribed_ = false;
    sd_bus_release_name(client_.native(), "org.freedesktop.systemd1");
}

int FakeSystemd::answer(sd_bus_message* call)
{
    const std::string_view member = sd_bus_message_get_member(call);
    if (silent) {
        return 1;
    }
    if (member == "Subscribe") {
        subscribed_ = true;
        return sd_bus_reply_method_return(call, "");
    }
    return member == "LoadUnit" ? load(call) : tell(call);
}

int FakeSystemd::load(sd_bus_message* call)
{
    const char* name{};
    sd_bus_message_read(call, "s", &name);
    std::string unit{name};
    if (unit == "invalid.service") {
        return sd_bus_reply_method_errorf(call, "org.freedesktop.DBus.Error.InvalidArgs",
                                          "Unit name %s is not valid.", name);
    }
    if (const auto alias = aliases.find(unit); alias != aliases.end()) {
        unit = alias->second;
    }
    return sd_bus_reply_method_return(call, "o", path_of(unit).c_str());
}

int FakeSystemd::tell(sd_bus_message* call)
{
    ++questions;
    char* name{};
    sd_bus_path_decode(sd_bus_message_get_path(call), units, &name);
    const auto found = states.find(name);
    std::free(name); // NOLINT: sd-bus allocates so
    const auto state = found == states.end() ? "inactive" : found->second;
    return sd_bus_reply_method_return(call, "v", "s", state.c_str());
}

void FakeSystemd::set(const std::string& unit, const std::string& state)
{
    states[unit] = state;
    if (subscribed_) {
        sd_bus_emit_signal(client_.native(), path_of(unit).c_str(),
                           "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as",
                           "org.freedesktop.systemd1.Unit", 1, "ActiveState", "s", state.c_str(),
                           0);
    }
}

void FakeSystemd::reloaded()
{
    sd_bus_emit_signal(client_.native(), root, "org.freedesktop.systemd1.Manager", "Reloading", "b",
                       0);
}

} // namespace rs::test
