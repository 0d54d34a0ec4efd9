#pragma once
#include "ctl/drain_progress.hpp"
#include "ctl/options.hpp"

#include <map>

namespace rs::ctl {

// Shows on standard output how a wait is getting on: one line that is redrawn on a terminal,
// elsewhere a line for each role whenever it changes; nothing with --quiet or --json.
class ProgressLine {
public:
    explicit ProgressLine(const Common& common);
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    ~ProgressLine() { clear(); }

    void show(const NodeStatus& status, const std::vector<std::string>& roles,
              const std::string& line);
    // Takes the redrawn line away.
    void clear();

private:
    bool silent_;
    bool redrawn_;
    bool drawn_ = false;
    std::map<std::string, std::string> last_; // by role
};

} // namespace rs::ctl
