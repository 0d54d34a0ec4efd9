#pragma once
#include "bus/control.hpp"
#include "model/errors.hpp"

#include <functional>
#include <vector>

namespace rs::test {

// Notes what it is asked for.
class FakeControl final : public Control {
public:
    void drain(const std::string& role, const DrainRequest& request) override
    {
        know(role);
        asked.push_back("drain " + role);
        requests.push_back(request);
        if (then) {
            then();
        }
    }

    void undrain(const std::string& role) override
    {
        know(role);
        asked.push_back("undrain " + role);
    }

    void reload() override
    {
        asked.emplace_back("reload");
        if (!mistakes.empty()) {
            throw BadConfiguration{mistakes};
        }
        if (!accident.empty()) {
            throw std::runtime_error{accident};
        }
    }

    void when_done(const Done& done) override
    {
        if (is_slow) {
            under_way.push_back(done);
        } else {
            done(nullptr);
        }
    }

    std::uint32_t connections(const std::string& role) override
    {
        if (!accident.empty()) {
            throw std::runtime_error{accident};
        }
        return role.empty() ? 30 : 7;
    }

    LogLevel log_level() const override { return level; }

    void set_log_level(LogLevel wanted) override { level = wanted; }

    std::vector<std::string> asked;
    std::vector<DrainRequest> requests;
    std::function<void()> then;  // what a drain sets going
    bool is_slow{};              // orders stay under way
    std::vector<Done> under_way; // until the test calls these
    std::string mistakes;
    std::string accident;
    std::string unknown_role;
    LogLevel level = LogLevel::info;

private:
    void know(const std::string& role) const
    {
        if (!unknown_role.empty() && role == unknown_role) {
            throw NoSuchRole{role};
        }
    }
};

} // namespace rs::test
