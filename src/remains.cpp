#include "remains.hpp"

#include "bus/unit_job.hpp"
#include "drain/health_store.hpp"
#include "kernel/linux_kernel.hpp"
#include "kernel/runtime_directory.hpp"
#include "reconcile/release.hpp"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <optional>
#include <system_error>

namespace rs {
namespace {

// No other process may touch it meanwhile.
class Remains {
public:
    explicit Remains(const std::string& directory)
        : health_{directory}, lock_{directory}, kernel_{directory}
    {}

    [[nodiscard]] bool empty()
    {
        return kernel_.observe().owned.empty() && kernel_.ledger_problem().empty();
    }

    [[nodiscard]] int put_back()
    {
        auto left = release(kernel_);
        if (!kernel_.ledger_problem().empty()) {
            left.push_back("the sysctls, since the ledger is lost: " + kernel_.ledger_problem());
        }
        for (const auto& object : left) {
            spdlog::error("left behind: {}", object);
        }
        health_.save({}); // as after any stop: the next start knows nothing of the time between
        return left.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
    }

private:
    HealthStore health_;
    RuntimeLock lock_;
    LinuxKernel kernel_;
};

// None: a daemon lives.
std::optional<Remains> remains_of_dead(const std::string& directory)
{
    try {
        return std::optional<Remains>{std::in_place, directory};
    } catch (const std::system_error& error) {
        if (error.code() == std::errc::operation_would_block) {
            return std::nullopt;
        }
        throw;
    }
}

} // namespace

int put_back(const std::string& runtime_directory)
{
    return Remains{runtime_directory}.put_back();
}

// Whatever became of the daemon: told to restart and then to stop, it has left everything in place,
// one that hung was killed, and one that crashed is not started again. Where nobody can be asked,
// the next start takes over what is there.
int put_back_if_stopped(const std::string& runtime_directory, BusKind bus)
{
    auto remains = remains_of_dead(runtime_directory);
    if (!remains || remains->empty()) {
        return EXIT_SUCCESS; // at shutdown the bus may be gone by now
    }
    std::string job;
    try {
        job = job_of_own_unit(bus);
    } catch (const std::exception& error) {
        spdlog::warn("whether it was stopped or restarts cannot be asked ({}); "
                     "what is bound stays bound",
                     error.what());
    }
    return job == "stop" ? remains->put_back() : EXIT_SUCCESS;
}

} // namespace rs
