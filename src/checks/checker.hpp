#pragma once
#include "checks/protocol.hpp"
#include "checks/worker.hpp"
#include "event/loop.hpp"
#include "model/status.hpp"

#include <functional>
#include <map>
#include <memory>

namespace rs {

// Runs the local checks of all roles, in a process of its own, which exists only while there is
// one, and is started again when it ends or is stuck. Never blocks the daemon.
class Checker {
public:
    using OnOutcome = std::function<void(const CheckOutcome&)>;
    using OnProblem = std::function<void(const std::string&)>;

    // `on_outcome` gets each run of each check, `on_problem` one line whenever the process is lost
    // or cannot be started; neither may destroy the checker.
    Checker(Loop& loop, OnOutcome on_outcome, OnProblem on_problem,
            std::string program = checks::worker_program());

    // Checks that are as they were, wherever in their role they stand, go on as they are; the
    // others run at once.
    void configure(const Config& config);

    // Why checks do not run at present.
    [[nodiscard]] std::vector<std::string> problems() const;

private:
    struct Entry {
        std::string role;
        std::size_t index{};
        Check check;
    };

    // Of the same check, wherever in its role it stands, that is not taken yet.
    [[nodiscard]] std::optional<checks::Id>
    known_id(const Entry& entry, const std::map<checks::Id, Entry>& taken) const;
    void start();
    void end(); // of the process; what it has sent is forgotten
    void lose(const std::string& why);
    void send_orders();
    void flush();
    void receive();
    void take(const checks::Message& message);

    Loop& loop_;
    OnOutcome on_outcome_;
    OnProblem on_problem_;
    std::string program_;
    std::map<checks::Id, Entry> entries_;
    checks::Id last_id_ = 0;
    // The watch goes before the descriptor it watches.
    std::unique_ptr<checks::Worker> worker_;
    WatchPtr readable_;
    WatchPtr retry_;   // to start, or to send the rest of `unsent_`
    WatchPtr silence_; // fires when the process has been silent for too long
    checks::Lines lines_;
    std::string unsent_;
    std::string problem_;
    Clock::time_point started_;
    std::chrono::milliseconds pause_{}; // before the next start
};

} // namespace rs
