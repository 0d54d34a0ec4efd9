#include "drain/health_store.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <fstream>

using namespace rs;
using namespace rs::test;

TEST_CASE("the roles that were saved are loaded again")
{
    const TemporaryDirectory runtime;
    const HealthStore store{runtime.path().string()};
    CHECK(store.load().empty());
    store.save({"end", "web"});
    CHECK(store.load() == std::set<std::string>{"end", "web"});
    store.save({});
    CHECK(store.load().empty());
}

TEST_CASE("a list of roles that is cut off counts as empty")
{
    const TemporaryDirectory runtime;
    const HealthStore store{runtime.path().string()};
    for (const auto* text : {"", "web\n", "web\nend"}) {
        std::ofstream{runtime.path() / "healthy"} << text;
        CHECK(store.load().empty());
    }
}
