#include "private_bus.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace rs::test {
namespace {

std::string environment(const char* name)
{
    const auto* const value = std::getenv(name);
    if (value == nullptr) {
        throw std::runtime_error(std::string{name} +
                                 " is not set: run the test through meson test");
    }
    return value;
}

// As /usr/share/dbus-1/system.conf: methods to names need an explicit allow.
std::string configuration(const std::string& address, BusPolicy policy)
{
    return R"(<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>)" +
           address +
           R"(</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
  </policy>
  <policy user="root">
    <allow own="org.freedesktop.PolicyKit1"/>
    <allow own="org.example.Neighbour"/>
  </policy>
  <policy user="daemon">
    <allow own="org.realserverd.RealServer1"/>
  </policy>
  <policy user=")" +
           std::to_string(geteuid()) + R"(">
    <allow own="org.realserverd.RealServer1"/>
  </policy>
  <policy context="default">
    <allow send_destination="org.freedesktop.PolicyKit1"/>
  </policy>
  )" +
           (policy == BusPolicy::shipped ? "<include>" + environment("BUS_POLICY") + "</include>"
                                         : R"(<policy context="default">
    <allow send_destination="*"/>
    <allow own="*"/>
  </policy>)") +
           "</busconfig>";
}

} // namespace

PrivateBus::PrivateBus(BusPolicy policy)
{
    std::string name = std::filesystem::temp_directory_path() / "realserverd-bus-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) {
        throw std::runtime_error("mkdtemp " + name);
    }
    directory_ = name;
    std::filesystem::permissions(directory_, std::filesystem::perms{0755});
    address_ = "unix:path=" + (directory_ / "socket").string();
    std::ofstream{directory_ / "bus.conf"} << configuration(address_, policy);
    setenv("DBUS_SYSTEM_BUS_ADDRESS", address_.c_str(), 1);
    start();
}

PrivateBus::~PrivateBus()
{
    kill();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

void PrivateBus::start()
{
    std::array<int, 2> ready{};
    if (pipe2(ready.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error("pipe2");
    }
    const auto program = environment("DBUS_DAEMON");
    const auto file = "--config-file=" + (directory_ / "bus.conf").string();
    process_ = fork();
    if (process_ == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(ready[1], 3); // dup2 clears close-on-exec, unless it already is 3
        fcntl(3, F_SETFD, 0);
        execl(program.c_str(), "dbus-daemon", file.c_str(), "--nofork", "--nopidfile", "--nosyslog",
              "--print-address=3", nullptr);
        _exit(127);
    }
    close(ready[1]);
    char first{};
    const auto got = read(ready[0], &first, 1);
    close(ready[0]);
    if (got != 1) {
        throw std::runtime_error("dbus-daemon does not start");
    }
}

void PrivateBus::kill()
{
    if (process_ > 0) {
        ::kill(process_, SIGKILL);
        waitpid(process_, nullptr, 0);
        process_ = 0;
        std::filesystem::remove(directory_ / "socket");
    }
}

void PrivateBus::freeze() const
{
    ::kill(process_, SIGSTOP);
}

void PrivateBus::thaw() const
{
    ::kill(process_, SIGCONT);
}

} // namespace rs::test
