#include "bus/role_object.hpp"

#include "bus/bus_error.hpp"
#include "bus/connection_count.hpp"
#include "bus/drain_options.hpp"
#include "bus/names.hpp"

namespace rs {

RoleObject::RoleObject(sdbus::IConnection& connection, Authority& authority, Control& control,
                       const RoleStatus& status)
    : AdaptorInterfaces{connection, sdbus::ObjectPath{role_path(status.name)}},
      authority_{authority},
      control_{control},
      status_{status}
{
    registerAdaptor();
}

RoleObject::~RoleObject()
{
    unregisterAdaptor();
}

void RoleObject::announce()
{
    const Emitting emitting{emitting_};
    getObject().emitInterfacesAddedSignal();
}

void RoleObject::take_leave()
{
    getObject().emitInterfacesRemovedSignal();
}

void RoleObject::update(const RoleStatus& status)
{
    const auto changed = changed_properties(status_, status);
    status_ = status;
    if (!changed.empty()) {
        const Emitting emitting{emitting_};
        getObject().emitPropertiesChangedSignal(Role_adaptor::INTERFACE_NAME, changed);
    }
}

void RoleObject::Drain(sdbus::Result<>&& result, std::map<std::string, sdbus::Variant> options)
{
    reply([&] {
        change(std::move(result),
               [&control = control_, role = status_.name, request = drain_request(options)] {
                   control.drain(role, request);
               });
    });
}

void RoleObject::Undrain(sdbus::Result<>&& result)
{
    reply([&] {
        change(std::move(result),
               [&control = control_, role = status_.name] { control.undrain(role); });
    });
}

std::string RoleObject::Name()
{
    return reply([&] { return status_.name; });
}

std::string RoleObject::Forwarding()
{
    return reply([&] { return std::string{to_string(status_.forwarding)}; });
}

std::string RoleObject::State()
{
    return reply([&] { return std::string{to_string(status_.state)}; });
}

bool RoleObject::InSync()
{
    return status_.in_sync;
}

std::vector<BusVip> RoleObject::Vips()
{
    return reply([&] { return bus_vips(status_); });
}

std::vector<std::string> RoleObject::Services()
{
    return reply([&] { return bus_services(status_); });
}

std::vector<BusDirector> RoleObject::Directors()
{
    return reply([&] { return bus_directors(status_); });
}

std::vector<BusCheck> RoleObject::Checks()
{
    return reply([&] { return bus_checks(status_); });
}

std::uint32_t RoleObject::Connections()
{
    return emitting_ ? status_.connections : count_or(control_, status_.name, status_.connections);
}

std::uint64_t RoleObject::DrainSinceUSec()
{
    return drain_since(status_);
}

std::uint64_t RoleObject::DrainDeadlineUSec()
{
    return drain_deadline(status_);
}

bool RoleObject::DrainPersistent()
{
    return drain_persistent(status_);
}

std::vector<BusDrift> RoleObject::Drift()
{
    return reply([&] { return bus_drift(status_); });
}

std::vector<std::string> RoleObject::Problems()
{
    return reply([&] { return bus_problems(status_.problems); });
}

void RoleObject::change(sdbus::Result<>&& result, std::function<void()> apply)
{
    authority_.decide({.caller = current_caller(getObject()),
                       .action = drain_action,
                       .result = std::move(result),
                       .apply = std::move(apply)});
}

} // namespace rs
