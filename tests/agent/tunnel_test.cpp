#include "support/agent_fixture.hpp"
#include "support/catch.hpp"

using namespace rs;
using namespace rs::test;
using namespace std::chrono_literals;

namespace {

const auto first_director = *parse_address("203.0.113.6");
const auto second_director = *parse_address("203.0.113.7");

Role tunnelled_role(std::vector<Address> directors)
{
    auto role = web_role({"192.0.2.8"});
    role.forwarding = Forwarding::tunnelling;
    role.device.clear();
    role.directors = std::move(directors);
    return role;
}

class Tunnelled : public AgentFixture {
public:
    Tunnelled()
    {
        for (const auto& director : {first_director, second_director}) {
            kernel.host.paths[director] = {*parse_address("198.51.100.9"), "eth0", 1500};
        }
        kernel.host.main_routes = {
            {*parse_prefix("0.0.0.0/0"), parse_address("198.51.100.1"), "eth0", 0}};
        kernel.after_step = [this](const Step&) { never_unbound = never_unbound && is_bound(); };
    }

    bool is_bound() { return std::ranges::any_of(kernel.host.owned, binds_vip); }

    template <typename Kind>
    long count()
    {
        return std::ranges::count_if(kernel.host.owned, [](const Object& object) {
            return std::holds_alternative<Kind>(object);
        });
    }

    bool never_unbound = true;
};

} // namespace

TEST_CASE("a tunnelled role serves, and takes everything away at stop")
{
    Tunnelled on;
    on.start({tunnelled_role({first_director, second_director})});
    CHECK(on.kernel.outlook == Outlook{{first_director, second_director}, true, true});
    CHECK(on.role().state == RoleState::serving);
    CHECK(on.count<TunnelDevice>() == 2);
    CHECK(on.count<VipAddress>() == 2);
    CHECK(on.role().vips.front().bound);
    CHECK(on.agent.stop().empty());
    CHECK(on.kernel.host.owned.empty());
}

TEST_CASE("a director that is replaced costs the VIP no moment")
{
    Tunnelled on;
    on.start({tunnelled_role({first_director})});
    on.never_unbound = true;
    CHECK(on.agent.reload(on.config({tunnelled_role({second_director})}), on.now).empty());
    CHECK(on.never_unbound);
    CHECK(on.count<TunnelDevice>() == 1);
    CHECK(on.role().state == RoleState::serving);
}

TEST_CASE("a role moves between direct routing and tunnels without a moment unbound")
{
    Tunnelled on;
    on.start({web_role({"192.0.2.8"})});
    on.never_unbound = true;
    CHECK(on.agent.reload(on.config({tunnelled_role({first_director})}), on.now).empty());
    CHECK(on.role().state == RoleState::serving);
    CHECK(on.count<TunnelDevice>() == 1);
    CHECK(on.agent.reload(on.config({web_role({"192.0.2.8"})}), on.now).empty());
    CHECK(on.role().state == RoleState::serving);
    CHECK(on.never_unbound);
    CHECK(on.count<TunnelDevice>() == 0);
    CHECK(on.kernel.outlook == Outlook{{}, false, true});
}

TEST_CASE("a reload whose tunnel is refused changes nothing, and asks about the old directors")
{
    Tunnelled on;
    on.start({tunnelled_role({first_director})});
    const auto before = on.kernel.host.owned;
    on.kernel.refuse = [](const Step& step) {
        return std::holds_alternative<TunnelDevice>(step.object);
    };
    CHECK_FALSE(on.agent.reload(on.config({tunnelled_role({second_director})}), on.now).empty());
    CHECK(on.kernel.host.owned == before);
    CHECK(on.kernel.outlook == Outlook{{first_director}, true, true});
}

TEST_CASE("a changed default route is followed by the replies")
{
    Tunnelled on;
    on.start({tunnelled_role({first_director})});
    on.kernel.host.main_routes.front().gateway = parse_address("198.51.100.2");
    on.agent.reconcile(on.now);
    CHECK(on.count<ReplyRoute>() == 1);
    CHECK(on.role().state == RoleState::serving);
}
