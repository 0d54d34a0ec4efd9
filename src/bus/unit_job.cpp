#include "bus/unit_job.hpp"

#include "bus/sdbus_compat.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string_view>

namespace rs {
namespace {

constexpr auto systemd_name = "org.freedesktop.systemd1";
constexpr auto manager_path = "/org/freedesktop/systemd1";
constexpr auto manager_interface = "org.freedesktop.systemd1.Manager";
constexpr auto unit_interface = "org.freedesktop.systemd1.Unit";
constexpr auto job_interface = "org.freedesktop.systemd1.Job";
constexpr unsigned patience = 3; // seconds, in which the next daemon does not start

using Job = sdbus::Struct<std::uint32_t, sdbus::ObjectPath>; // number 0: none

// Neither sdbus-c++ nor libsystemd has a shorter time-out for the first words to a bus than 90 s.
class Patience {
public:
    Patience()
    {
        static_cast<void>(std::signal(SIGALRM, give_up));
        static_cast<void>(::alarm(patience));
    }

    ~Patience() { ::alarm(0); }

    Patience(const Patience&) = delete;
    Patience& operator=(const Patience&) = delete;

private:
    [[noreturn]] static void give_up(int)
    {
        constexpr std::string_view text = "the bus does not answer; what is bound stays bound\n";
        static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
        ::_exit(EXIT_SUCCESS);
    }
};

} // namespace

std::string job_of_own_unit(BusKind kind)
{
    const Patience at_most;
    const auto connection = kind == BusKind::system ? sdbus::createSystemBusConnection()
                                                    : sdbus::createSessionBusConnection();
    const auto object = [&](const std::string& path) {
        return sdbus::createProxy(*connection, BusServiceName{systemd_name},
                                  sdbus::ObjectPath{path});
    };
    sdbus::ObjectPath unit;
    object(manager_path)
        ->callMethod("GetUnitByPID")
        .onInterface(manager_interface)
        .withArguments(static_cast<std::uint32_t>(::getpid()))
        .storeResultsTo(unit);
    const auto job = object(unit)->getProperty("Job").onInterface(unit_interface).get<Job>();
    if (std::get<0>(job) == 0) {
        return {};
    }
    return object(std::get<1>(job))
        ->getProperty("JobType")
        .onInterface(job_interface)
        .get<std::string>();
}

} // namespace rs
