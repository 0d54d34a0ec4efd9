#include "ctl/client.hpp"

#include "bus/names.hpp"
#include "ctl/bus_failure.hpp"

#include <algorithm>
#include <cctype>

namespace rs::ctl {
namespace {

constexpr auto manager_interface = "org.realserverd.RealServer1.Manager";
constexpr auto role_interface = "org.realserverd.RealServer1.Role";
constexpr auto properties_interface = "org.freedesktop.DBus.Properties";
constexpr auto object_manager_interface = "org.freedesktop.DBus.ObjectManager";

// A reload waits for the whole new configuration to be in force.
constexpr auto patience = std::chrono::minutes{2};

using Interfaces = std::map<std::string, Properties>;
using Objects = std::map<sdbus::ObjectPath, Interfaces>;

std::unique_ptr<sdbus::IConnection> connect(const Common& common)
{
    try {
        if (!common.host.empty()) {
            return sdbus::createRemoteSystemBusConnection(common.host);
        }
        return common.session_bus ? sdbus::createSessionBusConnection()
                                  : sdbus::createSystemBusConnection();
    } catch (const sdbus::Error& error) {
        throw no_bus(error.getMessage(), common.host);
    }
}

std::unique_ptr<sdbus::IProxy> proxy_of(sdbus::IConnection& connection, const std::string& path)
{
    return sdbus::createProxy(connection, BusServiceName{bus_name}, sdbus::ObjectPath{path});
}

void hear_signal(sdbus::Message& message, const std::function<void(const Heard&)>& heard)
{
    if (std::string{message.getInterfaceName()} != manager_interface ||
        std::string{message.getMemberName()} != "Event") {
        heard(Changed{});
        return;
    }
    Event event;
    message >> event.kind >> event.role >> event.text;
    heard(event);
}

void hear_owner(sdbus::Message& message, const std::function<void(const Heard&)>& heard)
{
    std::string name;
    std::string before;
    std::string after;
    message >> name >> before >> after;
    if (!before.empty()) {
        heard(Stopped{});
    }
    if (!after.empty()) {
        heard(Started{});
    }
}

} // namespace

Client::Client(const Common& common) : common_{common}, connection_{connect(common)} {}

Failure Client::failure(const sdbus::Error& error, const std::string& what) const
{
    return bus_failure(error.getName(), error.getMessage(), what, common_.host);
}

NodeStatus Client::status()
{
    try {
        const auto proxy = proxy_of(*connection_, node_path);
        Properties node;
        proxy->callMethod("GetAll")
            .onInterface(properties_interface)
            .withArguments(std::string{manager_interface})
            .storeResultsTo(node);
        Objects objects;
        proxy->callMethod("GetManagedObjects")
            .onInterface(object_manager_interface)
            .storeResultsTo(objects);

        auto status = node_from(node);
        paths_.clear();
        for (const auto& [path, interfaces] : objects) {
            if (const auto role = interfaces.find(role_interface); role != interfaces.end()) {
                status.roles.push_back(role_from(role->second));
                paths_[status.roles.back().name] = path;
            }
        }
        std::ranges::sort(status.roles, {}, &RoleStatus::name);
        return status;
    } catch (const sdbus::Error& error) {
        throw failure(error, "read the status");
    }
}

template <typename... Arguments>
void Client::change(const std::string& role, const std::string& method,
                    const Arguments&... arguments)
{
    try {
        const auto path = role.empty() ? std::string{node_path} : std::string{paths_.at(role)};
        const auto* const interface = role.empty() ? manager_interface : role_interface;
        proxy_of(*connection_, path)
            ->callMethod(method)
            .onInterface(interface)
            .withTimeout(patience)
            .withArguments(arguments...)
            .storeResultsTo();
    } catch (const sdbus::Error& error) {
        auto what = method + " " + role;
        what.front() = static_cast<char>(std::tolower(what.front()));
        throw failure(error, what.substr(0, what.find_last_not_of(' ') + 1));
    }
}

void Client::drain(const std::string& role, const DrainCommand& options)
{
    Properties values;
    if (options.timeout) {
        values["timeout-usec"] =
            sdbus::Variant{static_cast<std::uint64_t>(options.timeout->count())};
    }
    if (!options.persistent) {
        values["runtime"] = sdbus::Variant{true};
    }
    change(role, "Drain", values);
}

void Client::undrain(const std::string& role)
{
    change(role, "Undrain");
}

void Client::reload()
{
    change("", "Reload");
}

void Client::listen(const std::function<void(const Heard&)>& heard)
{
    try {
        matches_.push_back(add_match(*connection_,
                                     "type='signal',sender='" + std::string{bus_name} + "'",
                                     [heard](auto& message) { hear_signal(message, heard); }));
        matches_.push_back(add_match(*connection_,
                                     "type='signal',sender='" + std::string{driver_name} +
                                         "',member='NameOwnerChanged',arg0='" + bus_name + "'",
                                     [heard](auto& message) { hear_owner(message, heard); }));
    } catch (const sdbus::Error& error) {
        throw failure(error, "listen");
    }
}

} // namespace rs::ctl
