#include "fixture.hpp"
#include "support/catch.hpp"

using namespace rs;
using namespace rs::test;

TEST_CASE("the node's properties are those of the last status")
{
    Running on;
    CHECK(on.root.property(manager_path, manager_interface, "Version").body == "\"1.2.3\"");
    CHECK(on.root.property(manager_path, manager_interface, "State").body == "\"serving\"");
    CHECK(on.root.property(manager_path, manager_interface, "Drifts").body == "2");
}
