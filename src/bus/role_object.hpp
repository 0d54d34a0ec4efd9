#pragma once
#include "bus/authority.hpp"
#include "bus/control.hpp"
#include "bus/properties.hpp"
#include "bus/realserver_adaptor.hpp"

namespace rs {

// A role on the bus.
class RoleObject final
    : public sdbus::AdaptorInterfaces<org::realserverd::RealServer1::Role_adaptor> {
public:
    RoleObject(sdbus::IConnection& connection, Authority& authority, Control& control,
               const RoleStatus& status);
    RoleObject(const RoleObject&) = delete;
    RoleObject& operator=(const RoleObject&) = delete;
    ~RoleObject();

    // InterfacesAdded, InterfacesRemoved: the latter before the object is destroyed.
    void announce();
    void take_leave();
    // Tells the bus what differs from the last status.
    void update(const RoleStatus& status);

private:
    void Drain(sdbus::Result<>&& result, std::map<std::string, sdbus::Variant> options) override;
    void Undrain(sdbus::Result<>&& result) override;
    std::string Name() override;
    std::string Forwarding() override;
    std::string State() override;
    bool InSync() override;
    std::vector<BusVip> Vips() override;
    std::vector<std::string> Services() override;
    std::vector<BusDirector> Directors() override;
    std::vector<BusCheck> Checks() override;
    std::uint32_t Connections() override;
    std::uint64_t DrainSinceUSec() override;
    std::uint64_t DrainDeadlineUSec() override;
    bool DrainPersistent() override;
    std::vector<BusDrift> Drift() override;
    std::vector<std::string> Problems() override;

    void change(sdbus::Result<>&& result, std::function<void()> apply);

    Authority& authority_;
    Control& control_;
    RoleStatus status_;
    bool emitting_{};
};

} // namespace rs
