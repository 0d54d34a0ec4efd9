#include "kernel/in_flight.hpp"

#include <linux/membarrier.h>

#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <thread>

namespace rs {

// Packets are handled under RCU, and this command waits for one grace period of it (Linux,
// kernel/sched/membarrier.c).
void await_packets_in_flight()
{
    constexpr std::chrono::milliseconds longest_expected{20};
    if (::syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) != 0) {
        std::this_thread::sleep_for(longest_expected);
    }
}

} // namespace rs
