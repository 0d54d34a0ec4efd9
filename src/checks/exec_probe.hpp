#pragma once
#include "checks/guard.hpp"
#include "checks/probe.hpp"
#include "event/loop.hpp"
#include "util/unique_fd.hpp"

#include <sys/types.h>

#include <string>
#include <vector>

namespace rs::checks {

// Guards whose probe is gone, until they have ended.
class LeftGuards {
public:
    void add(pid_t guard) { guards_.push_back(guard); }

    void reap(); // those that have ended

private:
    std::vector<pid_t> guards_;
};

// Runs a command without a shell, as a guard's child. What it leaves behind is killed.
class ExecProbe : public Probe {
public:
    // Throws std::invalid_argument.
    ExecProbe(Loop& loop, LeftGuards& left, const std::string& command_line);
    ~ExecProbe() override;

    void start(Done done) override;
    void cancel() override;

private:
    struct Pipe {
        UniqueFd read;
        UniqueFd write;
    };

    [[nodiscard]] static Pipe make_pipe();
    void launch();
    void spawn(const Pipe& output, const Pipe& result);
    void read_output();
    void end();
    [[nodiscard]] Finding finding(const Ended& ended) const;

    Loop& loop_;
    LeftGuards& left_;
    std::vector<std::string> words_;
    pid_t guard_ = 0; // none
    UniqueFd output_;
    UniqueFd result_;
    WatchPtr output_watch_;
    WatchPtr result_watch_;
    std::string text_; // the first of what the command has written
    WatchPtr launch_;
    bool running_{}; // the guard is of the run that is under way, not of one that was cancelled
    Done done_;      // of the run that is under way
};

} // namespace rs::checks
