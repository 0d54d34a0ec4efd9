#pragma once
#include "checks/checker.hpp"
#include "support/catch.hpp"

#include <systemd/sd-event.h>

#include <fstream>
#include <stdexcept>

template <>
struct Catch::StringMaker<rs::CheckOutcome> {
    static std::string convert(const rs::CheckOutcome& outcome)
    {
        return outcome.role + ' ' + std::to_string(outcome.check) +
               (outcome.ok ? " good: " : " bad: ") + outcome.text;
    }
};

namespace rs::test {

using namespace std::chrono_literals;

// Runs the loop until `done`; false if that takes longer than any machine needs.
inline bool until_done(Loop& loop, const std::function<bool()>& done)
{
    const auto deadline = Clock::now() + 15s;
    while (!done()) {
        if (Clock::now() > deadline) {
            return false;
        }
        sd_event_run(loop.native(), 20'000);
    }
    return true;
}

// One that does not give up on a busy machine.
inline Check check_of(CheckType type, std::string target)
{
    Check check;
    check.type = type;
    check.target = std::move(target);
    check.timeout = 10s;
    return check;
}

// One that comes round quickly.
inline Check quick(CheckType type, std::string target)
{
    auto check = check_of(type, std::move(target));
    check.interval = 100ms;
    return check;
}

// A checker with the real process behind it.
struct Checking {
    Loop loop;
    bool loses = false; // the process, on purpose
    std::vector<CheckOutcome> outcomes;
    std::vector<std::string> problems;
    Checker checker{loop, [this](const CheckOutcome& outcome) { outcomes.push_back(outcome); },
                    [this](const std::string& problem) { problems.push_back(problem); }};

    Checking() = default;
    Checking(const Checking&) = delete;
    Checking& operator=(const Checking&) = delete;

    ~Checking() { CHECK(problems.empty() != loses); }

    void configure(std::vector<Check> checks)
    {
        Role role;
        role.name = "web";
        role.checks = std::move(checks);
        checker.configure({{}, {role}});
    }

    // The next outcome from now on.
    CheckOutcome next()
    {
        const auto known = outcomes.size();
        if (!until_done(loop, [&] { return outcomes.size() > known; })) {
            throw std::runtime_error{"no outcome"};
        }
        return outcomes[known];
    }

    CheckOutcome first(Check check)
    {
        configure({std::move(check)});
        return next();
    }

    std::string text(Check check) { return first(std::move(check)).text; }

    // The process, and whatever else this one has started; 0 if there is none.
    static pid_t process()
    {
        pid_t process{};
        std::ifstream{"/proc/thread-self/children"} >> process;
        return process;
    }
};

} // namespace rs::test
