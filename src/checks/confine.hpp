#pragma once

namespace rs::checks {

// Takes from this process whatever it does not need: every capability, the uid 0, a way to get
// either back, descriptors other than the standard ones. Throws std::system_error if a privilege
// would be left.
void confine();

} // namespace rs::checks
