#include "health/refusal_log.hpp"

#include <spdlog/spdlog.h>

namespace rs {
namespace {

constexpr std::chrono::seconds at_most_every{10};

std::string_view text_of(Refusal refusal)
{
    constexpr std::array<std::string_view, refusal_kinds> texts{
        "health.allow does not name the address", "a VIP was asked, and VIPs are not answered at",
        "too many at a time", "too slow to ask or to take the answer"};
    return texts.at(static_cast<std::size_t>(refusal));
}

} // namespace

void RefusalLog::note(Refusal refusal, const Address& from, Instant now)
{
    auto& [untold, told] = kinds_.at(static_cast<std::size_t>(refusal));
    ++untold;
    if (told && now - *told < at_most_every) {
        return;
    }
    spdlog::info("health: {} connections refused, the last from {}: {}", untold, to_string(from),
                 text_of(refusal));
    untold = 0;
    told = now;
}

} // namespace rs
