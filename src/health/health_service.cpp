#include "health/health_service.hpp"

#include <sys/resource.h>

#include <numeric>
#include <utility>

namespace rs {
namespace {

std::size_t descriptors()
{
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 1024;
}

// What is told to go is gone after the next run: until then both are there.
std::size_t most(const VisitorLimits& limits)
{
    return 2 * std::accumulate(limits.callers.begin(), limits.callers.end(), std::size_t{});
}

std::set<Place> places_of(const Node& node)
{
    std::set<Place> places;
    for (const auto& endpoint : node.health.listen) {
        places.insert({Dialect::http, endpoint});
    }
    for (const auto& endpoint : node.agent_check) {
        places.insert({Dialect::agent_check, endpoint});
    }
    return places;
}

} // namespace

HealthService::HealthService(Loop& loop, FdStore& store, Polled polled)
    : polled_{std::move(polled)},
      limits_{limits_for(descriptors())},
      visitors_{limits_},
      deadline_timer_{loop.timer([this] { cut_overdue(); })},
      http_{loop, *this, most(limits_)},
      agent_check_{loop, [this](Visitor& visitor) { visitors_.leave(visitor); }},
      listeners_{loop, store,
                 [this](Dialect dialect, Arrival arrival) { arrived(dialect, std::move(arrival)); },
                 [this] { http_.run(); }}
{}

void HealthService::configure(const Node& node, const std::vector<Role>& roles)
{
    callers_ = {node.health.allow, roles};
    const auto places = places_of(node);
    at_vips_.clear();
    for (const auto& place : places) {
        if (callers_.is_vip(place.endpoint.address)) {
            at_vips_.push_back(place.endpoint);
        }
    }
    listeners_.want(places, callers_.directors());
}

void HealthService::publish(const NodeStatus& status)
{
    pages_.publish(status);
}

void HealthService::open()
{
    listeners_.open();
}

void HealthService::finish(std::function<void()> alone)
{
    alone_ = std::move(alone);
    listeners_.shut();
    http_.run();
}

std::vector<std::string> HealthService::problems() const
{
    auto texts = listeners_.problems();
    for (const auto& endpoint : at_vips_) {
        texts.push_back("health: " + to_string(endpoint) +
                        " is at a VIP, where nobody is answered; listen at an address that this "
                        "host has for itself");
    }
    return texts;
}

void HealthService::arrived(Dialect dialect, Arrival arrival)
{
    if (callers_.is_vip(arrival.local)) {
        refuse(CutOff::to_a_vip, arrival.remote);
        return;
    }
    const auto caller = callers_.classify(arrival.remote, arrival.local);
    if (caller == Caller::stranger) {
        refuse(CutOff::not_allowed, arrival.remote);
        if (dialect == Dialect::agent_check) {
            return; // has no word for that
        }
    }
    if (!admit(arrival.remote, caller)) {
        if (caller != Caller::stranger) {
            refuse(CutOff::too_many, arrival.remote);
        }
        return;
    }
    auto& visitor = visitors_.enter(arrival.socket.value(), arrival.remote, caller, Clock::now());
    serve(dialect, std::move(arrival), visitor);
}

bool HealthService::admit(const Address& address, Caller caller)
{
    if (visitors_.crowded(address, caller)) {
        http_.run(); // who has asked or gone meanwhile makes room
    }
    const auto [admitted, dismissed] = visitors_.admit(address, caller, Clock::now());
    if (dismissed != nullptr) {
        cut(*dismissed, CutOff::too_many);
    }
    return admitted;
}

void HealthService::serve(Dialect dialect, Arrival arrival, Visitor& visitor)
{
    if (dialect == Dialect::http) {
        http_.take(std::move(arrival), visitor);
        return;
    }
    visitors_.asked(visitor, Clock::now());
    const Poll poll{visitor.address, "", pages_.state()};
    const bool counts = visitor.caller == Caller::director;
    if (agent_check_.tell(std::move(arrival), visitor, pages_.agent_check_line())) {
        ++counters_.agent_checks;
        if (counts) {
            polls_.push_back(poll);
        }
    }
}

const Page& HealthService::answer(Visitor& visitor, std::string_view method, std::string_view path)
{
    const auto now = Clock::now();
    visitors_.asked(visitor, now);
    counters_.open = visitors_.size();
    const auto& page = visitor.caller == Caller::stranger
                           ? pages_.forbidden()
                           : pages_.find(method, path, counters_, now);
    ++counters_.requests[page.answer.code];
    if (page.answer.told && visitor.caller == Caller::director) {
        visitor.told = Poll{visitor.address, page.answer.role, *page.answer.told};
    }
    return page;
}

void HealthService::answered(Visitor& visitor)
{
    if (visitor.told) {
        polls_.push_back(std::move(*visitor.told));
        visitor.told.reset();
    }
}

void HealthService::gone(Visitor& visitor)
{
    visitors_.leave(visitor);
}

void HealthService::settle()
{
    arm_deadline();
    for (const auto& poll : std::exchange(polls_, {})) {
        polled_(poll);
    }
    if (alone_ && visitors_.size() == 0) {
        std::exchange(alone_, nullptr)();
    }
}

void HealthService::refuse(CutOff reason, const Address& from)
{
    ++counters_.cut_offs.at(static_cast<std::size_t>(reason));
    log_.note(reason, from, Clock::now());
}

// Whoever reads the socket closes it then.
void HealthService::cut(const Visitor& visitor, CutOff reason)
{
    refuse(reason, visitor.address);
    ::shutdown(visitor.socket, SHUT_RDWR);
}

void HealthService::cut_overdue()
{
    deadline_.reset();
    for (const auto* const visitor : visitors_.overdue(Clock::now())) {
        cut(*visitor, CutOff::too_slow);
    }
    arm_deadline();
}

void HealthService::arm_deadline()
{
    const auto next = visitors_.next_deadline();
    if (next && (!deadline_ || *next < *deadline_)) {
        deadline_ = next;
        deadline_timer_->arm(*next);
    }
}

} // namespace rs
