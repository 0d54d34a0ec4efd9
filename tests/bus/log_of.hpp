#pragma once
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

namespace rs::test {

// What is logged while this lives.
class LogOf {
public:
    LogOf() : before_{spdlog::default_logger()}
    {
        spdlog::set_default_logger(std::make_shared<spdlog::logger>(
            "test", std::make_shared<spdlog::sinks::ostream_sink_st>(text_)));
    }

    LogOf(const LogOf&) = delete;
    LogOf& operator=(const LogOf&) = delete;

    ~LogOf() { spdlog::set_default_logger(before_); }

    [[nodiscard]] std::string text() const { return text_.str(); }

private:
    std::ostringstream text_;
    std::shared_ptr<spdlog::logger> before_;
};

} // namespace rs::test
