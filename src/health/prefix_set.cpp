#include "health/prefix_set.hpp"

#include <algorithm>

namespace rs {

PrefixSet::PrefixSet(std::vector<Prefix> prefixes)
{
    std::ranges::transform(prefixes, prefixes.begin(), network);
    std::ranges::sort(prefixes); // a prefix comes right before all that it holds
    for (const auto& prefix : prefixes) {
        if (prefixes_.empty() || !contains(prefixes_.back(), prefix.address)) {
            prefixes_.push_back(prefix);
        }
    }
}

bool PrefixSet::holds(const Address& address) const
{
    const auto after = std::ranges::upper_bound(prefixes_, address, {}, &Prefix::address);
    return after != prefixes_.begin() && contains(*(after - 1), address);
}

} // namespace rs
