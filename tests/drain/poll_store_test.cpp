#include "drain/poll_store.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <fstream>

using namespace rs;
using namespace rs::test;
using namespace std::chrono_literals;

namespace {

const Rhythms rhythms{
    {"end", {{*parse_address("192.0.2.6"), {1, 2s}}}},
    {"mail", {{*parse_address("2001:db8::6"), {2, 60s}}}},
    {"web", {{*parse_address("192.0.2.6"), {1, 2s}}, {*parse_address("192.0.2.7"), {4, 2500ms}}}}};

} // namespace

TEST_CASE("what was saved is loaded again")
{
    const TemporaryDirectory runtime;
    const PollStore store{runtime.path().string()};
    CHECK(store.load().empty());
    store.save(rhythms);
    CHECK(store.load() == rhythms);
    store.save({});
    CHECK(store.load().empty());
}

TEST_CASE("a file that is cut off or garbage counts as empty")
{
    const TemporaryDirectory runtime;
    const PollStore store{runtime.path().string()};
    for (const auto* text : {"", "web 192.0.2.6 1 2000000\n", "web 192.0.2.6", "?", "web"}) {
        std::ofstream{runtime.path() / "directors"} << text;
        CHECK(store.load().empty());
    }
    std::ofstream{runtime.path() / "directors"} << "web nobody 1 5\nweb 192.0.2.6 0 5\n"
                                                   "web 192.0.2.7 1 9223372036854775807\nend.\n";
    CHECK(store.load().empty());
}
