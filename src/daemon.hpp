#pragma once
#include "agent/agent.hpp"
#include "checks/checker.hpp"
#include "event/loop.hpp"
#include "front/front_link.hpp"
#include "kernel/linux_kernel.hpp"
#include "kernel/monitor.hpp"
#include "kernel/sock_diag.hpp"

namespace rs {

// Where the daemon finds and keeps its files.
struct Directories {
    std::string config;
    std::string runtime; // the ledger; until the next boot
    std::string state;   // drains that survive a reboot
};

// The agent in its surroundings: every hint, timer, signal and call leads to one of its functions,
// and what comes of it goes to the log, the service manager and D-Bus.
class Daemon : public Control {
public:
    // Makes the first pass over the kernel; the bus name comes last, READY=1 with it. `front`: the
    // channel to it. Throws std::system_error.
    Daemon(LinuxKernel& kernel, Directories directories, Config config, UniqueFd front);

    // Until a signal ends it; the exit status.
    [[nodiscard]] int run();

    void drain(const std::string& role, const DrainRequest& request) override;
    void undrain(const std::string& role) override;
    void reload() override;
    [[nodiscard]] std::uint32_t connections(const std::string& role) override;
    [[nodiscard]] LogLevel log_level() const override;
    void set_log_level(LogLevel level) override;

private:
    [[nodiscard]] static Moment moment();
    void watch_kernel();
    void watch_ruleset(); // once there is one to watch
    void watch_signals();
    void try_bus();  // it is there, or not waited for any longer
    void announce(); // READY=1, once, when it holds
    // A hint leads to a look at once, unless hints of its kind come in a storm.
    void look_again(Budget& hints);
    void look(); // a pass over the kernel
    void begin_audits();
    void audit_arp();                          // needs no hint
    void audit_all();                          // needs no hint
    void polled(const Poll& poll);             // a director was told
    void checked(const CheckOutcome& outcome); // a local check ran
    void open_health();                        // once
    void wake();                               // what the agent wanted to be woken for
    void reload_by_signal();
    void finish_reload();
    void load(); // for a reload; throws as that does
    void begin_stop();
    void end_stop();
    void leave_in_place();
    void lose_front(const std::string& why) const;
    [[nodiscard]] std::vector<std::string> problems() const; // of no role alone
    void publish();
    void arm_wake();
    void refuse_while_stopping() const;

    LinuxKernel& kernel_;
    Directories directories_;
    Loop loop_;
    SockDiag connections_;
    DrainStore store_;
    PollStore polls_;
    HealthStore checked_;
    Agent agent_;
    FrontLink front_;
    Checker checker_;
    Monitor monitor_;
    Budget hints_{10, std::chrono::milliseconds{25}};
    // More than it takes until ARP values that keep changing cost the VIPs: those never wait.
    Budget arp_hints_{30, std::chrono::milliseconds{50}};
    std::vector<WatchPtr> watches_;
    WatchPtr ruleset_watch_;
    WatchPtr look_timer_;
    WatchPtr arp_timer_;
    WatchPtr audit_timer_;
    WatchPtr wake_timer_;
    WatchPtr bus_timer_;
    WatchPtr network_timer_;
    WatchPtr health_timer_;
    WatchPtr leave_timer_;
    bool bus_tried_{};
    bool network_awaited_; // by the first life since boot
    bool ready_{};
    bool health_open_{};
    std::optional<TimePoint> wake_at_;
    std::string shown_;                 // the status line the service manager has
    std::vector<std::string> problems_; // as published
    std::string reload_refusal_;        // of the last reload; empty: it is in force
    bool stopping_{};
    int exit_status_ = 0;
};

} // namespace rs
