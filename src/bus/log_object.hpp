#pragma once
#include "bus/control.hpp"
#include "bus/log_control_adaptor.hpp"
#include "bus/sdbus_compat.hpp"

namespace rs {

// org.freedesktop.LogControl1: what `systemctl service-log-level` reads and sets. Only root and the
// daemon's own user may set: the bus policy says so, and sd-bus asks the bus daemon once more
// (the "Privileged" of the XML), one short round trip for a call that the policy let through.
class LogObject final : public sdbus::AdaptorInterfaces<org::freedesktop::LogControl1_adaptor> {
public:
    LogObject(sdbus::IConnection& connection, Control& control);
    LogObject(const LogObject&) = delete;
    LogObject& operator=(const LogObject&) = delete;
    ~LogObject();

private:
    std::string LogLevel() override;
    void LogLevel(const std::string& value) override;
    std::string LogTarget() override;
    void LogTarget(const std::string& value) override;
    std::string SyslogIdentifier() override;

    Control& control_;
};

} // namespace rs
