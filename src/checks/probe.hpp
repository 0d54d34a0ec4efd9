#pragma once
#include <functional>
#include <string>

namespace rs::checks {

struct Finding {
    bool ok{};
    std::string text; // for people
};

// One check, run again and again.
class Probe {
public:
    // May be called before start() has returned. Must not destroy the probe.
    using Done = std::function<void(const Finding&)>;

    Probe() = default;
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;
    virtual ~Probe() = default;

    // Not while a run is under way.
    virtual void start(Done done) = 0;
    // Ends the run that is under way; its Done is not called.
    virtual void cancel() = 0;
};

} // namespace rs::checks
