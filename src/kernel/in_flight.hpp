#pragma once

namespace rs {

// Returns when the kernel is done with every packet that it had begun to handle, on any processor:
// none of them knows any more of what had been removed before. Takes some milliseconds. Where the
// kernel does not offer to wait, with nohz_full=, 20 ms must do, without a promise.
void await_packets_in_flight();

} // namespace rs
