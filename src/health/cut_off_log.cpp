#include "health/cut_off_log.hpp"

#include <spdlog/spdlog.h>

namespace rs {
namespace {

constexpr std::chrono::seconds at_most_every{10};

std::string_view text_of(CutOff reason)
{
    constexpr std::array<std::string_view, cut_off_kinds> texts{
        "not in health.allow", "at a VIP, which every real server has", "too many at a time",
        "too slow to ask or to take the answer"};
    return texts.at(static_cast<std::size_t>(reason));
}

} // namespace

void CutOffLog::note(CutOff reason, const Address& from, Instant now)
{
    auto& [untold, told] = kinds_.at(static_cast<std::size_t>(reason));
    ++untold;
    if (told && now - *told < at_most_every) {
        return;
    }
    spdlog::info("health: connections cut off: {}; {} of them, the last from {}", text_of(reason),
                 untold, to_string(from));
    untold = 0;
    told = now;
}

} // namespace rs
