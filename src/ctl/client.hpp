#pragma once
#include "bus/sdbus_compat.hpp"
#include "ctl/decode.hpp"
#include "ctl/exit_status.hpp"
#include "ctl/options.hpp"

#include <functional>
#include <map>
#include <memory>

namespace rs::ctl {

// What the daemon says without being asked: that something changed (look again), an event, that
// it came or went.
struct Changed {};

struct Started {};

struct Stopped {};

using Heard = std::variant<Changed, Event, Started, Stopped>;

// The daemon, as seen over D-Bus. Every call blocks until the answer is there and throws Failure
// with the exit status that fits: the daemon is not running, the caller may not, no such role, …
class Client {
public:
    explicit Client(const Common& common);

    [[nodiscard]] NodeStatus status();
    // An empty role is the node. A role must have been in the last status().
    void drain(const std::string& role, const DrainCommand& options);
    void undrain(const std::string& role);
    void reload();

    // From now on; `heard` runs while the connection is processed: it may neither throw nor call
    // the daemon.
    void listen(const std::function<void(const Heard&)>& heard);

    [[nodiscard]] sdbus::IConnection& connection() noexcept { return *connection_; }

private:
    template <typename... Arguments>
    void change(const std::string& role, const std::string& method, const Arguments&... arguments);
    [[nodiscard]] Failure failure(const sdbus::Error& error, const std::string& what) const;

    Common common_;
    std::unique_ptr<sdbus::IConnection> connection_;
    std::map<std::string, sdbus::ObjectPath> paths_; // by role, as of the last status()
    std::vector<sdbus::Slot> matches_;
};

} // namespace rs::ctl
