#include "config/case_file.hpp"
#include "config/config.hpp"
#include "config/values.hpp"
#include "support/catch.hpp"

namespace rs {
namespace {

using namespace std::chrono_literals;

std::chrono::microseconds stop_limit(const std::string& unit)
{
    constexpr std::string_view key = "\nTimeoutStopSec=";
    const auto text = read_text(UNITS "/" + unit);
    const auto start = text.find(key) + key.size();
    return parse_duration(text.substr(start, text.find('\n', start) - start)).value();
}

bool accepted(std::chrono::microseconds timeout)
{
    Sources sources;
    sources.node = {"node", "[stop]\ntimeout = \"" + to_string(timeout) + "\"\n"};
    return std::holds_alternative<LocatedConfig>(make_config(sources));
}

} // namespace

TEST_CASE("a shutdown waits for the longest drain, and for the daemon's own stop after it")
{
    const auto left =
        stop_limit("realserverd-drain.service") - stop_limit("realserverd.service.in");
    CHECK(accepted(15min));
    CHECK_FALSE(accepted(left));
}

} // namespace rs
