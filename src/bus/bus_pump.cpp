#include "bus/bus_pump.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <system_error>

namespace rs {
namespace {

// So long the bus may leave unread what is sent to it, which is kept meanwhile.
constexpr std::chrono::seconds longest_unsent{10};

void check(int result)
{
    if (result < 0) {
        throw std::system_error(-result, std::generic_category(), "sd-event");
    }
}

} // namespace

BusPump::BusPump(Loop& loop, sdbus::IConnection& connection, OnLost on_lost)
    : connection_{connection}, on_lost_{std::move(on_lost)}
{
    sd_event_source* source{};
    check(sd_event_add_io(
        loop.native(), &source, connection_.getEventLoopPollData().fd, 0,
        [](sd_event_source*, int, std::uint32_t, void* self) {
            return static_cast<BusPump*>(self)->guarded(&BusPump::process);
        },
        this));
    io_.reset(source);
    check(sd_event_add_time(
        loop.native(), &source, CLOCK_MONOTONIC, 0, 0,
        [](sd_event_source*, std::uint64_t, void* self) {
            return static_cast<BusPump*>(self)->guarded(&BusPump::process);
        },
        this));
    timer_.reset(source);
    check(sd_event_source_set_priority(io_.get(), behind_the_kernel));
    check(sd_event_source_set_priority(timer_.get(), behind_the_kernel));
    // What sd-bus waits for may change with every message: asked before every sleep.
    check(sd_event_source_set_prepare(io_.get(), [](sd_event_source*, void* self) {
        return static_cast<BusPump*>(self)->guarded(&BusPump::prepare);
    }));
}

int BusPump::guarded(void (BusPump::*step)()) noexcept
{
    try {
        (this->*step)();
    } catch (const sdbus::Error& error) {
        lose(error.getMessage());
    } catch (const std::exception& error) {
        lose(error.what());
    }
    return 0;
}

// On a host without a machine ID libsystemd fails over GetMachineId, which it answers itself: that
// call gets no answer, and the connection is as good as before.
void BusPump::process()
{
    try {
        process_one(connection_);
    } catch (const sdbus::Error& error) {
        if (std::string{error.getName()} != "System.Error.ENOMEDIUM") {
            throw;
        }
    }
}

void BusPump::lose(const std::string& why)
{
    sd_event_source_set_enabled(io_.get(), SD_EVENT_OFF);
    sd_event_source_set_enabled(timer_.get(), SD_EVENT_OFF);
    on_lost_(why);
}

// While anything is unsent nothing is read: who asks and takes no answers must not fill our memory.
void BusPump::prepare()
{
    const auto poll = connection_.getEventLoopPollData();
    const auto wanted = static_cast<std::uint32_t>(poll.events);
    const bool unsent = (wanted & EPOLLOUT) != 0;
    check(sd_event_source_set_io_events(io_.get(), unsent ? EPOLLOUT : wanted));
    const auto when = std::min(poll_deadline(poll), stuck_deadline(unsent));
    if (when == UINT64_MAX) {
        check(sd_event_source_set_enabled(timer_.get(), SD_EVENT_OFF));
        return;
    }
    check(sd_event_source_set_time(timer_.get(), when));
    check(sd_event_source_set_enabled(timer_.get(), SD_EVENT_ONESHOT));
}

// Throws when that has passed.
std::uint64_t BusPump::stuck_deadline(bool unsent)
{
    if (!unsent) {
        unsent_since_.reset();
        return UINT64_MAX;
    }
    const auto now = Clock::now();
    const auto deadline = unsent_since_.value_or(now) + longest_unsent;
    unsent_since_ = deadline - longest_unsent;
    if (now >= deadline) {
        throw std::runtime_error{"it takes no messages"};
    }
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(deadline.time_since_epoch()).count());
}

} // namespace rs
