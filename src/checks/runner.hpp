#pragma once
#include "checks/exec_probe.hpp"
#include "checks/http_client.hpp"
#include "checks/protocol.hpp"
#include "checks/systemd_bus.hpp"

#include <map>
#include <memory>
#include <random>

namespace rs::checks {

// What the probes share.
struct Surroundings {
    explicit Surroundings(Loop& the_loop) : loop{the_loop}, http{the_loop}, systemd{the_loop} {}

    Loop& loop;
    HttpClient http;
    SystemdBus systemd;
    LeftGuards guards;
};

// A check and its next run. A run never begins before the last has ended.
class Runner {
public:
    using OnReport = std::function<void(const Report&)>;

    // Runs at once. Throws std::exception for an order that cannot be meant.
    Runner(Surroundings& surroundings, const Order& order, OnReport on_report);

private:
    void start();
    void finish(const Finding& finding);
    void act(); // the timer's: start, or end what takes too long

    Order order_;
    OnReport on_report_;
    bool running_ = false;
    Clock::time_point started_;
    std::minstd_rand random_{std::random_device{}()};
    WatchPtr timer_;
    std::unique_ptr<Probe> probe_;
};

} // namespace rs::checks
