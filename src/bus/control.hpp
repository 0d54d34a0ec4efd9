#pragma once
#include "model/status.hpp"

#include <exception>
#include <functional>

namespace rs {

struct DrainRequest {
    std::optional<std::chrono::microseconds> timeout; // 0: no limit; none: as the role says
    bool persistent = true;                           // survives a reboot
    // No sum with a time of day may overflow.
    static constexpr std::chrono::microseconds longest_timeout = std::chrono::years{100};
    auto operator<=>(const DrainRequest&) const = default;
};

// What D-Bus may ask of the daemon. An empty role means the whole node. Every call returns at
// once; the outcome shows in the next status that is published.
class Control {
public:
    Control() = default;
    Control(const Control&) = delete;
    Control& operator=(const Control&) = delete;
    virtual ~Control() = default;

    virtual void drain(const std::string& role, const DrainRequest& request) = 0; // NoSuchRole
    virtual void undrain(const std::string& role) = 0;                            // NoSuchRole
    virtual void reload() = 0; // BadConfiguration; the old configuration is then still in force
    // With nothing, or with what the order threw.
    using Done = std::function<void(const std::exception_ptr&)>;

    // Calls `done` when the last of the orders above is in force, or known to have failed: at once,
    // unless it is somebody else who carries it out.
    virtual void when_done(const Done& done) { done(nullptr); }

    // Counted now, or at most a second ago.
    [[nodiscard]] virtual std::uint32_t connections(const std::string& role) = 0;
    [[nodiscard]] virtual LogLevel log_level() const = 0;
    virtual void set_log_level(LogLevel level) = 0;
};

} // namespace rs
