#pragma once
#include "ctl/exit_status.hpp"
#include "ctl/options.hpp"

// One function a command. Each prints what it has to say to standard output, throws Failure for
// what ends it early, and returns the exit status.
namespace rs::ctl {

[[nodiscard]] Exit run(const StatusCommand& command, const Common& common);
[[nodiscard]] Exit run(const DrainCommand& command, const Common& common);
[[nodiscard]] Exit run(const UndrainCommand& command, const Common& common);
[[nodiscard]] Exit run(const PlanCommand& command, const Common& common);
[[nodiscard]] Exit run(const CheckCommand& command, const Common& common);
[[nodiscard]] Exit run(const MonitorCommand& command, const Common& common);
[[nodiscard]] Exit run(const ReloadCommand& command, const Common& common);
[[nodiscard]] Exit run(const DirectorConfigCommand& command, const Common& common);

} // namespace rs::ctl
