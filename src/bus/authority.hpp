#pragma once
#include "bus/control.hpp"
#include "bus/places.hpp"
#include "bus/sdbus_compat.hpp"

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>

namespace rs {

// A call that wants to change something: who asks, which polkit action that is, and what to do if
// it is allowed. `apply` must own what it needs: it runs later, when the object that was called
// may be gone.
struct Change {
    Caller caller;
    std::string action;
    sdbus::Result<> result;
    std::function<void()> apply;
};

// Who that is, as the bus was told by the kernel when he connected: root of a container with a user
// namespace of its own is not user 0. The process is for the log alone.
struct BusPeer {
    uid_t user;
    std::uint32_t process;
};

// Decides who may change something. Never waits: the bus daemon is asked who the caller is, then,
// unless that is root or the daemon's own user, polkit, and meanwhile the loop goes on. Each call
// is decided by itself; nothing is remembered, polkit does that. What is still undecided when the
// authority is destroyed is never done, and what is under way then not answered.
class Authority {
public:
    // `control` is what every change orders.
    Authority(sdbus::IConnection& connection, Control& control);
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;

    // Applies the change if its caller may do that and still is there, and answers the call:
    // an empty reply when the change is in force, the error that it ended with, or AccessDenied.
    void decide(Change change);

private:
    using Pending = std::shared_ptr<Change>;
    using Place = std::shared_ptr<void>;

    void find_peer(const Pending& pending, std::function<void(const BusPeer&)> found);
    void ask_polkit(const Pending& pending, const BusPeer& peer, const Place& place);
    void carry_out(const Pending& pending, const BusPeer& peer, const Place& place) noexcept;
    void await_outcome(const Pending& pending, const Place& place);

    Control& control_;
    std::unique_ptr<sdbus::IProxy> driver_;
    std::unique_ptr<sdbus::IProxy> polkit_;
    Places<std::string> undecided_; // calls, by connection
    Places<uid_t> asked_;           // of them at polkit, by user
    // Nowhere else: the call of one must not outlive the connection.
    std::map<Pending, Place> under_way_;
};

} // namespace rs
