#include "ctl/progress_line.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <iostream>

namespace rs::ctl {
namespace {

std::size_t terminal_width()
{
    winsize size{};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0 ? size.ws_col : 80;
}

} // namespace

ProgressLine::ProgressLine(const Common& common)
    : silent_{common.quiet || common.json}, redrawn_{is_terminal()}
{}

void ProgressLine::show(const NodeStatus& status, const std::vector<std::string>& roles,
                        const std::string& line)
{
    if (silent_) {
        return;
    }
    if (redrawn_) {
        // A line that wraps could not be redrawn.
        std::cout << "\r\x1b[K" << line.substr(0, terminal_width() - 1) << std::flush;
        drawn_ = true;
        return;
    }
    for (const auto& name : roles) {
        const auto text = role_line(status, name);
        if (last_[name] != text) {
            last_[name] = text;
            std::cout << text << std::endl;
        }
    }
}

void ProgressLine::clear()
{
    if (drawn_) {
        std::cout << "\r\x1b[K" << std::flush;
        drawn_ = false;
    }
}

} // namespace rs::ctl
