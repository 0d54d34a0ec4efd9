#include "drain/health_store.hpp"
#include "drain/poll_store.hpp"
#include "drain/store.hpp"
#include "kernel/ledger.hpp"
#include "support/temporary_directory.hpp"

#include <cstdlib>
#include <fstream>
#include <string_view>

// libFuzzer's entry: any bytes as a file that an earlier life left. What was made of it has to come
// through unchanged when it is saved and loaded again.
namespace rs {
namespace {

// Not assert(): this must hold in every build.
void hold(bool condition)
{
    if (!condition) {
        std::abort();
    }
}

void read_ledger(std::string_view text)
{
    const Epoch epoch{"boot", "network"};
    const auto found = parse_ledger(text, epoch);
    hold(found.problem.empty() || found.entries.empty());
    const auto again = parse_ledger(format_ledger(epoch, found.entries), epoch);
    hold(again.problem.empty() && again.entries == found.entries);
}

void read_stores(std::string_view text)
{
    static const test::TemporaryDirectory directory;
    const auto path = directory.path().string();
    for (const auto* name : {"directors", "drains", "healthy"}) {
        std::ofstream{directory.path() / name, std::ios::binary} << text;
    }
    const Moment now{TimePoint{std::chrono::hours{1}}, WallTime{std::chrono::hours{500'000}}};
    const PollStore polls{path};
    const auto rhythms = polls.load();
    polls.save(rhythms);
    hold(polls.load() == rhythms);
    const HealthStore health{path};
    const auto healthy = health.load();
    health.save(healthy);
    hold(health.load() == healthy);
    const DrainStore drains{path, path};
    static_cast<void>(drains.load(now));
}

} // namespace
} // namespace rs

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    rs::read_ledger(text);
    rs::read_stores(text);
    return 0;
}
