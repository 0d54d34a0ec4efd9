#pragma once
#include <optional>
#include <string>

namespace rs {

// Has libnftables carry out `script`, all of it or nothing, in the network namespace of the calling
// thread; what went wrong, none: nothing. The library is loaded for the call alone: few hosts need
// it twice, and with what it keeps it is half as large as the daemon. Where it cannot speak to the
// kernel it ends the process: only for who has seen that nfnetlink answers.
[[nodiscard]] std::optional<std::string> run_nftables(const std::string& script);

} // namespace rs
