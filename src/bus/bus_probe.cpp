#include "bus/bus_probe.hpp"

#include <system_error>
#include <utility>

namespace rs {
namespace {

constexpr std::chrono::seconds patience_with_bus{3};

void check(int result, const char* what)
{
    if (result < 0) {
        throw std::system_error(-result, std::generic_category(), what);
    }
}

} // namespace

BusProbe::BusProbe(Loop& loop, BusKind kind, Done done) : done_{std::move(done)}
{
    sd_bus* bus{};
    check(kind == BusKind::system ? sd_bus_open_system(&bus) : sd_bus_open_user(&bus),
          kind == BusKind::system ? "the system bus" : "the session bus");
    bus_.reset(bus);
    check(sd_bus_attach_event(bus, loop.native(), SD_EVENT_PRIORITY_NORMAL), "sd_bus_attach_event");
    // Not Peer.Ping: the system bus refuses that to everybody but root.
    check(sd_bus_call_method_async(bus, nullptr, driver_name, driver_path, "org.freedesktop.DBus",
                                   "GetId", &BusProbe::answered, this, nullptr),
          "org.freedesktop.DBus.GetId");
    // sd-bus alone would wait for 25 s.
    timer_ = loop.after(patience_with_bus, [this] { finish("the bus does not answer"); });
}

int BusProbe::answered(sd_bus_message* reply, void* self, sd_bus_error*) noexcept
{
    const auto* const error = sd_bus_message_get_error(reply);
    const std::string failure = error == nullptr            ? ""
                                : error->message != nullptr ? error->message
                                                            : error->name;
    static_cast<BusProbe*>(self)->finish(failure);
    return 0;
}

void BusProbe::finish(const std::string& failure)
{
    // From the call on there may be no probe any more.
    if (const auto done = std::exchange(done_, nullptr)) {
        done(failure);
    }
}

} // namespace rs
