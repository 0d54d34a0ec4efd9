#pragma once
#include "model/address.hpp"

#include <optional>
#include <set>
#include <string>

namespace rs {

// Our table as it was found.
struct ArpTable {
    bool exists{};
    bool sound{};               // every guard in it holds; otherwise it is to be made anew
    std::set<unsigned> lengths; // the prefix lengths it has rules for
    std::set<Prefix> vips;      // that are guarded
};

// What nft has to do, in one transaction, so that exactly `wanted` is guarded: at no moment is a
// VIP unguarded that was before and is to be. Empty: nothing.
[[nodiscard]] std::string arp_script(const ArpTable& found, const std::set<Prefix>& wanted);

// The parts, in the words of nft.
[[nodiscard]] std::string arp_hook(); // of the chain
[[nodiscard]] std::string arp_set_type();
[[nodiscard]] std::string arp_rule(unsigned length);

} // namespace rs
