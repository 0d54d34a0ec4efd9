#pragma once
#include "bus/sdbus_compat.hpp"

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

// Decides who may change something. Never waits: the bus daemon is asked who the caller is, then,
// unless that is root or the daemon's own user, polkit, and meanwhile the loop goes on. Each call
// is decided by itself; nothing is remembered, polkit does that. What is still undecided when the
// authority is destroyed is never done.
class Authority {
public:
    explicit Authority(sdbus::IConnection& connection);
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;

    // Applies the change if its caller may do that and still is there, and answers the call:
    // an empty reply, the error that `apply` threw, or AccessDenied.
    void decide(Change change);

private:
    using Pending = std::shared_ptr<Change>;

    [[nodiscard]] Pending admit(Change change);
    void find_user(const Pending& pending, std::function<void(uid_t)> found);
    void ask_polkit(const Pending& pending);

    std::map<std::string, unsigned> undecided_; // calls, by caller
    std::unique_ptr<sdbus::IProxy> driver_;
    std::unique_ptr<sdbus::IProxy> polkit_;
};

} // namespace rs
