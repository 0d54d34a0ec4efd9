#include "bus/node_object.hpp"

#include "bus/bus_error.hpp"
#include "bus/connection_count.hpp"
#include "bus/drain_options.hpp"
#include "bus/names.hpp"
#include "bus/properties.hpp"
#include "bus/utf8.hpp"

namespace rs {
namespace {

NodeStatus without_roles(NodeStatus status)
{
    status.roles.clear();
    return status;
}

} // namespace

NodeObject::NodeObject(sdbus::IConnection& connection, Authority& authority, Control& control,
                       const NodeStatus& status)
    : AdaptorInterfaces{connection, sdbus::ObjectPath{node_path}},
      authority_{authority},
      control_{control},
      status_{without_roles(status)}
{
    registerAdaptor();
}

NodeObject::~NodeObject()
{
    unregisterAdaptor();
}

void NodeObject::update(const NodeStatus& status)
{
    const auto changed = changed_properties(status_, status);
    status_ = without_roles(status);
    if (!changed.empty()) {
        const Emitting emitting{emitting_};
        getObject().emitPropertiesChangedSignal(Manager_adaptor::INTERFACE_NAME, changed);
    }
}

void NodeObject::Drain(sdbus::Result<>&& result, std::map<std::string, sdbus::Variant> options)
{
    reply([&] {
        change(std::move(result), drain_action,
               [&control = control_, request = drain_request(options)] {
                   control.drain("", request);
               });
    });
}

void NodeObject::Undrain(sdbus::Result<>&& result)
{
    reply([&] {
        change(std::move(result), drain_action, [&control = control_] { control.undrain(""); });
    });
}

void NodeObject::Reload(sdbus::Result<>&& result)
{
    reply([&] {
        change(std::move(result), reload_action, [&control = control_] { control.reload(); });
    });
}

std::string NodeObject::Version()
{
    return reply([&] { return valid_utf8(status_.version); });
}

std::string NodeObject::State()
{
    return reply([&] { return std::string{to_string(status_.state)}; });
}

std::uint32_t NodeObject::Connections()
{
    return emitting_ ? status_.connections : count_or(control_, "", status_.connections);
}

std::uint64_t NodeObject::Drifts()
{
    return status_.drifts;
}

std::vector<std::string> NodeObject::Problems()
{
    return reply([&] { return bus_problems(status_.problems); });
}

std::vector<std::string> NodeObject::Missing()
{
    return reply([&] { return bus_problems(status_.missing); });
}

void NodeObject::change(sdbus::Result<>&& result, const char* action, std::function<void()> apply)
{
    authority_.decide({.caller = current_caller(getObject()),
                       .action = action,
                       .result = std::move(result),
                       .apply = std::move(apply)});
}

} // namespace rs
