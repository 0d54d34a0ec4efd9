#include "drain/drain.hpp"

namespace rs {
namespace {

std::optional<Moment> deadline(microseconds timeout, const Moment& now)
{
    if (timeout == microseconds::zero()) {
        return std::nullopt;
    }
    return Moment{now.monotonic + timeout, now.wall + timeout};
}

Drain on_request(const Drain& drain, const DrainRequested& request, const Moment& now)
{
    if (const auto* drained = std::get_if<Drained>(&drain)) {
        return Drained{drained->since, request.persistent, drained->timed_out};
    }
    const auto* draining = std::get_if<Draining>(&drain);
    return Draining{draining == nullptr ? now : draining->since, deadline(request.timeout, now),
                    request.persistent, draining == nullptr ? std::nullopt : draining->quiet};
}

Drain on_observation(Draining draining, const Observed& seen, const Moment& now)
{
    if (draining.deadline && now.monotonic >= draining.deadline->monotonic) {
        return Drained{draining.since, draining.persistent,
                       seen.connections != 0 || !seen.directors_told};
    }
    if (seen.connections != 0 || !seen.directors_told) {
        draining.quiet.reset();
        return draining;
    }
    draining.quiet = draining.quiet.value_or(now.monotonic);
    if (now.monotonic - *draining.quiet >= seen.settle) {
        return Drained{draining.since, draining.persistent, false};
    }
    return draining;
}

} // namespace

Drain on(const Drain& drain, const DrainEvent& event, const Moment& now)
{
    if (const auto* request = std::get_if<DrainRequested>(&event)) {
        return on_request(drain, *request, now);
    }
    if (std::holds_alternative<UndrainRequested>(event)) {
        return Serving{};
    }
    const auto* draining = std::get_if<Draining>(&drain);
    return draining == nullptr ? drain : on_observation(*draining, std::get<Observed>(event), now);
}

std::optional<DrainStatus> drain_status(const Drain& drain)
{
    if (const auto* drained = std::get_if<Drained>(&drain)) {
        return DrainStatus{drained->since.wall, std::nullopt, drained->persistent};
    }
    if (const auto* draining = std::get_if<Draining>(&drain)) {
        const auto& deadline = draining->deadline;
        return DrainStatus{draining->since.wall,
                           deadline ? std::optional{deadline->wall} : std::nullopt,
                           draining->persistent};
    }
    return std::nullopt;
}

} // namespace rs
