#pragma once
#include "model/address.hpp"

#include <vector>

namespace rs {

// Addresses by their prefixes, for a question per connection: ten thousand VIPs cost a few steps.
class PrefixSet {
public:
    PrefixSet() = default;
    explicit PrefixSet(std::vector<Prefix> prefixes);

    [[nodiscard]] bool holds(const Address& address) const;

private:
    std::vector<Prefix> prefixes_; // sorted, host bits clear, none within another
};

} // namespace rs
