#include "agent/check_run.hpp"

namespace rs {

void CheckRun::presume_good(WallTime now)
{
    ok_ = true;
    since_ = now;
}

bool CheckRun::note(bool ok, std::string text, WallTime now)
{
    if (!ok) {
        text_ = std::move(text);
    }
    if (ok == ok_) {
        against_ = 0;
        return false;
    }
    ++against_;
    if (ok_ && against_ < (ok ? check_.rise : check_.fall)) {
        return false;
    }
    ok_ = ok;
    since_ = now;
    against_ = 0;
    return true;
}

CheckStatus CheckRun::status() const
{
    return {std::string{to_string(check_.type)}, check_.target, ok(), since_};
}

std::string CheckRun::problem() const
{
    if (ok()) {
        return {};
    }
    const auto what = "check " + std::string{to_string(check_.type)} + ' ' + check_.target;
    const auto found = pending() ? " has not run yet" : " fails: " + text_;
    return what + found + (decides() ? "" : " (only reported)");
}

} // namespace rs
