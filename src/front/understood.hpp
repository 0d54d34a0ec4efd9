#pragma once
#include "front/channel.hpp"
#include "front/messages.hpp"

namespace rs::wire {

// What the front says. Throws Malformed for bytes that are no message, and for what no front of
// ours says though it can be read: it may have been taken over.
[[nodiscard]] ToDaemon understood(const Parcel& parcel);

} // namespace rs::wire
