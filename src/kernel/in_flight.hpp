#pragma once

namespace rs {

// Returns when the kernel is done with every packet that it had begun to handle, on any processor:
// none of them knows any more of what had been removed before.
void await_packets_in_flight();

} // namespace rs
