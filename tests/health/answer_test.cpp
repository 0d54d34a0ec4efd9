#include "health/answer.hpp"
#include "support/catch.hpp"

namespace rs {
namespace {

RoleStatus role(const std::string& name, RoleState state)
{
    RoleStatus role;
    role.name = name;
    role.state = state;
    return role;
}

NodeStatus node(RoleState state, std::vector<RoleStatus> roles)
{
    NodeStatus node;
    node.state = state;
    node.roles = std::move(roles);
    return node;
}

NodeStatus node(RoleState state)
{
    return node(state, {role("web", state)});
}

TEST_CASE("a role is told yes in serving alone")
{
    for (const auto state : {RoleState::drained, RoleState::draining, RoleState::stopped,
                             RoleState::unhealthy, RoleState::degraded}) {
        const auto answers = answers_of(node(state));
        const std::string word{to_string(state)};
        CHECK(answers.at("/health/web") == Answer{503, word + "\n", "web", state});
        CHECK(answers.at("/weight/web") == Answer{200, "0\n", "web", state});
        CHECK(answers.at("/health") == Answer{503, "web: " + word + "\n", "", state});
    }
    const auto answers = answers_of(node(RoleState::serving));
    CHECK(answers.at("/health/web") == Answer{200, "serving\n", "web", RoleState::serving});
    CHECK(answers.at("/weight/web") == Answer{200, "100\n", "web", RoleState::serving});
    CHECK(answers.at("/health") == Answer{200, "web: serving\n", "", RoleState::serving});
}

TEST_CASE("the node has a line a role and is as well as its worst one")
{
    const auto answers = answers_of(node(RoleState::draining, {role("media", RoleState::serving),
                                                               role("web", RoleState::draining)}));
    CHECK(answers.at("/health").code == 503);
    CHECK(answers.at("/health").body == "media: serving\nweb: draining\n");
    CHECK(answers.at("/health/media").code == 200);
    CHECK(answers.at("/health/web").code == 503);
    CHECK(answers.size() == 5);
}

TEST_CASE("a node without roles is healthy and says why")
{
    CHECK(answers_of({}).at("/health") == Answer{200, "no roles\n", "", RoleState::serving});
}

TEST_CASE("each line of agent-check undoes what another has said")
{
    CHECK(agent_check_line(node(RoleState::serving)) == "up ready 100%\n");
    CHECK(agent_check_line(node(RoleState::draining)) == "up drain\n");
    CHECK(agent_check_line(node(RoleState::drained)) == "up drain\n");
    CHECK(agent_check_line(node(RoleState::degraded)) == "down #degraded\n");
    CHECK(agent_check_line(node(RoleState::unhealthy)) == "down #unhealthy\n");
    CHECK(agent_check_line(node(RoleState::stopped)) == "down #stopped\n");
}

TEST_CASE("the reason in an agent-check line is one short line of printable ASCII")
{
    auto status =
        node(RoleState::degraded, {role("a", RoleState::serving), role("b", RoleState::degraded)});
    status.roles[0].problems = {"of no interest"};
    status.roles[1].problems = {std::string("line\nfeed\r\x1b[2J \xc3\xa9")};
    CHECK(agent_check_line(status) == "down #degraded: line?feed??[2J ??\n");
    status.roles[1].problems = {std::string(100000, 'x')};
    CHECK(agent_check_line(status).size() < 256);
}

TEST_CASE("only GET and HEAD read")
{
    CHECK(reads("GET"));
    CHECK(reads("HEAD"));
    for (const auto* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", "", "GETS"}) {
        CHECK(!reads(method));
    }
}

TEST_CASE("an error says in one line what would be right")
{
    for (const auto& answer :
         {starting_answer(), forbidden_answer(), unknown_path_answer(), wrong_method_answer()}) {
        CHECK(answer.code >= 400);
        CHECK(answer.body.find('\n') == answer.body.size() - 1);
        CHECK(!answer.told);
    }
}

} // namespace
} // namespace rs
