#include "bus/bus_service.hpp"

#include "bus/session.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace rs {
namespace {

constexpr std::chrono::milliseconds shortest_pause{200};
constexpr std::chrono::milliseconds longest_pause{30'000};

} // namespace

BusService::BusService(Loop& loop, Control& control, BusKind kind, std::function<void()> tried)
    : loop_{loop},
      control_{control},
      kind_{kind},
      pause_{shortest_pause},
      tried_{std::move(tried)},
      retry_{loop.after(std::chrono::microseconds::zero(), [this] { attempt(); })}
{}

BusService::~BusService() = default;

void BusService::publish(const NodeStatus& status)
{
    status_ = status;
    if (!usable()) {
        return;
    }
    try {
        session_->publish(status_);
    } catch (const std::exception& error) {
        // A broken connection is noticed, and replaced, by the pump.
        spdlog::warn("D-Bus: a change of status was not signalled: {}", error.what());
    }
}

void BusService::emit(const Event& event)
{
    if (!usable()) {
        return;
    }
    try {
        session_->emit(event);
    } catch (const std::exception& error) {
        spdlog::warn("D-Bus: an event was not signalled: {}", error.what());
    }
}

void BusService::attempt()
{
    retrying_ = false;
    probe_.reset();
    session_.reset();
    try {
        probe_.emplace(loop_, kind_, [this](const std::string& failure) { probed(failure); });
    } catch (const std::exception& error) {
        failed(error.what());
    }
}

void BusService::probed(const std::string& failure)
{
    if (!failure.empty()) {
        failed(failure);
        return;
    }
    probe_.reset();
    try {
        session_ = std::make_unique<Session>(
            loop_, control_, kind_, status_,
            Session::Outcome{.named = [this] { named(); },
                             .failed = [this](const std::string& why) { failed(why); }});
    } catch (const std::exception& error) {
        failed(error.what());
    }
}

void BusService::named()
{
    connected_ = true;
    connected_since_ = Clock::now();
    last_failure_.clear();
    spdlog::info("D-Bus: reachable as {}", bus_name);
    std::exchange(tried_, [] {})();
}

void BusService::failed(const std::string& why)
{
    if (retrying_) {
        return; // one loss is seen at several places
    }
    // A bus that worked for a while deserves a quick second try; one that keeps breaking does not.
    if (std::exchange(connected_, false) && Clock::now() - connected_since_ > pause_) {
        pause_ = shortest_pause;
    }
    if (why != last_failure_) {
        spdlog::error("D-Bus: {}; realserverctl cannot reach this daemon, which works on and tries "
                      "again, at least every {} s",
                      why, std::chrono::duration_cast<std::chrono::seconds>(longest_pause).count());
        last_failure_ = why;
    }
    std::exchange(tried_, [] {})();
    back_off();
}

bool BusService::usable() const
{
    return session_ != nullptr && !retrying_;
}

void BusService::back_off()
{
    retrying_ = true;
    fired_ = std::move(retry_);
    retry_ = loop_.after(pause_, [this] { attempt(); });
    pause_ = std::min(pause_ * 2, longest_pause);
}

} // namespace rs
