#pragma once
#include "agent/role_run.hpp"
#include "drain/connections.hpp"
#include "drain/health_store.hpp"
#include "drain/poll_store.hpp"
#include "drain/store.hpp"
#include "reconcile/executor.hpp"

#include <functional>
#include <utility>

namespace rs {

// The one stateful object: the configuration, the drains, and what the kernel was like when last
// seen. It knows no clock, loop, log or bus: whoever calls says what time it is, asks next_wake()
// when to call again, and takes the events and the status from it.
class Agent {
public:
    // The references must outlive the agent.
    Agent(Kernel& kernel, Connections& connections, const DrainStore& store, const PollStore& polls,
          const HealthStore& health, std::string version);

    // Takes over the configuration and the drains of an earlier life, and makes a first pass.
    void start(Config config, const Moment& now);

    // All of the new configuration, or nothing: the reasons that kept it out, empty when it is in
    // force. Only what changed counts; a role that was degraded before does not hold it up.
    [[nodiscard]] std::vector<std::string> reload(Config config, const Moment& now);

    // Looks at the kernel and puts right what is not as it should be. Idempotent; quiet when
    // nothing changed. Throws std::system_error when the kernel cannot be reached.
    void reconcile(const Moment& now);

    // An empty role is the whole node; throws NoSuchRole. No timeout: as the role says. A drain
    // that not even the next start would know of is refused: throws std::runtime_error.
    void drain(const std::string& role, std::optional<microseconds> timeout, bool persistent,
               const Moment& now);
    void undrain(const std::string& role, const Moment& now);
    // Counts the connections of draining roles and moves their drains on.
    void follow_drains(const Moment& now);
    [[nodiscard]] bool draining() const;
    // Drains what still serves, within `timeout` (0: no limit), and keeps none of it: the next
    // start serves. Nothing else may be ordered after this.
    void drain_to_stop(microseconds timeout, const Moment& now);

    // Takes back all that was done to the kernel: what could not be, empty when nothing is left.
    [[nodiscard]] std::vector<std::string> stop();

    // A director was told something; counts for the roles it directs.
    void polled(const Poll& poll, const Moment& now);
    void checked(const CheckOutcome& outcome, const Moment& now);
    // Whether a check has not run yet: what directors are told would then be too pessimistic.
    [[nodiscard]] bool checks_pending() const;

    // Whether each VIP of each role is bound, as the last pass has left it.
    [[nodiscard]] bool bound() const;

    // When reconcile() or follow_drains() has something to do that no notification will announce.
    [[nodiscard]] std::optional<TimePoint> next_wake(const Moment& now);

    [[nodiscard]] const Config& config() const { return config_; }

    [[nodiscard]] NodeStatus status(const Moment& now) const;

    // Whether the status may differ from the one before the last call.
    [[nodiscard]] bool take_changed() { return std::exchange(changed_, false); }

    // Counts again when the figure is older than a second. An empty role: the sum of all.
    [[nodiscard]] std::uint32_t connections(const std::string& role, const Moment& now);

    // What happened since the last call, oldest first.
    [[nodiscard]] std::vector<Event> take_events() { return std::exchange(events_, {}); }

private:
    void make_good(RoleRun& run, Host& host, const Moment& now);
    [[nodiscard]] Plan due_now(RoleRun& run, const Plan& missing, bool bound, const Host& host,
                               const Moment& now);
    void apply(RoleRun& run, const Plan& plan, Host& host, const Moment& now);
    void note_applied(RoleRun& run, const Plan& plan, const Host& found, const Host& host,
                      const Moment& now);
    void note_guards(const Host& host);
    void remove_surplus(Host& host, const Moment& now);
    void conclude(RoleRun& run, const Host& host, const Moment& now);

    [[nodiscard]] std::vector<RoleRun*> selected(const std::string& role);
    void follow(RoleRun& run, const Moment& now);
    void end_of_patience(RoleRun& run);
    void follow_directors(const Moment& now);
    void silent_directors(RoleRun& run, const Moment& now);
    void remember_directors(const Moment& now);
    void save_directors(const Moment& now);
    void remember_health(const Moment& now);
    void save_health();
    void keep_health(std::set<std::string> healthy);
    void count(RoleRun& run, const Moment& now);
    void save_drains(); // throws std::system_error when nothing is kept
    void try_to_save_drains();
    [[nodiscard]] std::vector<std::string> cut_off(const Config& config);
    [[nodiscard]] std::vector<std::string> prepare(const Config& config);
    void take_config(Config config, const Moment& now);
    // What follows is told if it fails.
    void try_to(const std::function<void()>& save, const char* otherwise);
    void tell(const char* kind, const std::string& role, std::string text);

    Kernel& kernel_;
    Connections& connections_;
    const DrainStore& store_;
    const PollStore& poll_store_;
    const HealthStore& health_store_;
    Rhythms rhythms_;               // as saved
    std::set<std::string> healthy_; // as saved
    std::string version_;
    Config config_;
    std::vector<RoleRun> runs_;
    Host seen_; // how the last pass left the kernel
    std::string surplus_refusal_;
    std::string no_guard_; // why there is none though one would do; as told
    bool unfinished_{};    // something is wanted that the last pass did not achieve
    bool stopping_{};
    bool stopped_{};
    bool changed_ = true;
    std::uint64_t drifts_{};
    std::vector<Event> events_;
};

} // namespace rs
