#pragma once
#include "bus/authority.hpp"
#include "bus/control.hpp"
#include "bus/realserver_adaptor.hpp"

namespace rs {

// The node on the bus: the Manager interface, and the ObjectManager of its roles.
class NodeObject final
    : public sdbus::AdaptorInterfaces<org::realserverd::RealServer1::Manager_adaptor,
                                      sdbus::ObjectManager_adaptor> {
public:
    NodeObject(sdbus::IConnection& connection, Authority& authority, Control& control,
               const NodeStatus& status);
    NodeObject(const NodeObject&) = delete;
    NodeObject& operator=(const NodeObject&) = delete;
    ~NodeObject();

    // Tells the bus what differs from the last status.
    void update(const NodeStatus& status);

private:
    void Drain(sdbus::Result<>&& result, std::map<std::string, sdbus::Variant> options) override;
    void Undrain(sdbus::Result<>&& result) override;
    void Reload(sdbus::Result<>&& result) override;
    std::string Version() override;
    std::string State() override;
    std::uint32_t Connections() override;
    std::uint64_t Drifts() override;
    std::vector<std::string> Problems() override;
    std::vector<std::string> Missing() override;

    void change(sdbus::Result<>&& result, const char* action, std::function<void()> apply);

    Authority& authority_;
    Control& control_;
    NodeStatus status_; // without its roles
    bool emitting_{};
};

} // namespace rs
