#include "director_config_lab.hpp"

using namespace rs;
using namespace rs::ctl;
using namespace rs::test;

TEST_CASE("without a director of a VIP's family, only --rip tells this host's address")
{
    auto role = web();
    role.directors = {at("192.0.2.6")};
    auto command = as(DirectorFormat::keepalived);
    CHECK(view(config({role}), command).mistakes ==
          std::vector<std::string>{"web: this host's IPv6 address is not known: the role has no "
                                   "director of that family; give it by --rip ADDRESS"});
    command.real_addresses = {at("2001:db8::99"), at("192.0.2.99")};
    const auto found = view(config({role}), command);
    CHECK(found.mistakes.empty());
    CHECK(found.services.at(0).real == at("192.0.2.99"));
    CHECK(found.services.at(2).real == at("2001:db8::99"));
}

TEST_CASE("a director that cannot be reached, or is reached otherwise than another, is told")
{
    const auto nowhere = [](const Address&) { return std::optional<Address>{}; };
    auto role = web();
    role.vips = {vip("192.0.2.8")};
    CHECK(
        director_view(config({role}), {}, nowhere).mistakes ==
        std::vector<std::string>{"web: this host's IPv4 address is not known: there is no route to "
                                 "192.0.2.6; give it by --rip ADDRESS"});
    role.directors = {at("192.0.2.6"), at("198.51.100.6")};
    const auto forked = [](const Address& director) {
        return std::optional{at(director == at("192.0.2.6") ? "192.0.2.9" : "198.51.100.9")};
    };
    CHECK(
        director_view(config({role}), {}, forked).warnings ==
        std::vector<std::string>{"web: this host is 198.51.100.9 to the director 198.51.100.6, but "
                                 "192.0.2.9 to another and here; the other by --rip ADDRESS"});
}

TEST_CASE("where no director could ask, it says what to set; ipvsadm asks nobody")
{
    auto role = web();
    role.vips = {vip("192.0.2.8")};
    auto wrong = config({role});
    const auto refusal = [&](std::vector<Endpoint> listen) {
        wrong.node.health.listen = std::move(listen);
        CHECK(view(wrong, as(DirectorFormat::ipvsadm)).mistakes.empty());
        const auto found = view(wrong);
        REQUIRE(found.mistakes.size() == 1);
        return found.mistakes[0];
    };
    CHECK(refusal({}) == "web: health.listen is empty, no director can ask this host; in "
                         "realserverd.toml, set listen = [\"192.0.2.9:9180\"] in [health]");
    CHECK(refusal({{at("127.0.0.1"), 9180}, {at("::1"), 9180}}) ==
          "web: health.listen is this host's loopback only, no director can ask it; in "
          "realserverd.toml, add \"192.0.2.9:9180\" to it");
    CHECK(refusal({{at("::"), 9180}, {at("192.0.2.10"), 9180}}) ==
          "web: health.listen has no endpoint on 192.0.2.9; in realserverd.toml, add "
          "\"192.0.2.9:9180\" to it");
    wrong.node.health.listen = {{at("192.0.2.9"), 9185}};
    CHECK(view(wrong).services.at(0).check_port == 9185);
}

TEST_CASE("a director that health.allow refuses is named")
{
    auto role = web();
    role.vips = {vip("192.0.2.8")};
    auto refusing = config({role});
    refusing.node.health.allow = {vip("192.0.2.0/30")};
    CHECK(view(refusing).warnings ==
          std::vector<std::string>{"web: health.allow refuses its director 192.0.2.6",
                                   "web: health.allow refuses its director 2001:db8::6"});
    refusing.node.health.allow = {AllowAny{}};
    CHECK(view(refusing).warnings.empty());
}
