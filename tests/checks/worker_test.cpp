#include "fixture.hpp"

#include <csignal>

namespace rs::test {
namespace {

Check fine()
{
    return quick(CheckType::exec, "/bin/true");
}

} // namespace

TEST_CASE("without checks there is no process")
{
    Checking checking;
    checking.configure({});
    CHECK(Checking::process() == 0);
    CHECK(checking.first(fine()).ok);
    CHECK(Checking::process() != 0);
    checking.configure({});
    CHECK(Checking::process() == 0);
    CHECK(checking.checker.problems().empty());
    CHECK(checking.first(fine()).ok); // and back
}

TEST_CASE("the process ends with the checker")
{
    {
        Checking checking;
        CHECK(checking.first(fine()).ok);
    }
    CHECK(Checking::process() == 0);
}

TEST_CASE("a process that was killed is told of and started again, with the same checks")
{
    Checking checking;
    CHECK(checking.first(fine()).ok);
    checking.loses = true;
    const auto process = Checking::process();
    ::kill(process, SIGKILL);
    REQUIRE(until_done(checking.loop, [&] { return !checking.problems.empty(); }));
    CHECK(checking.problems[0].find("realserverd-checks has ended") != std::string::npos);
    CHECK(checking.checker.problems() == checking.problems);
    CHECK(checking.next().ok);
    CHECK(Checking::process() != process);
    CHECK(checking.checker.problems().empty());
}

// Takes the twenty seconds that a process may be silent.
TEST_CASE("a process that is stuck is replaced")
{
    Checking checking;
    checking.loses = true;
    CHECK(checking.first(fine()).ok);
    const auto process = Checking::process();
    ::kill(process, SIGSTOP);
    const auto replaced = [&] { return !checking.problems.empty(); };
    CHECK((until_done(checking.loop, replaced) || until_done(checking.loop, replaced)));
    CHECK(checking.next().ok);
    CHECK(Checking::process() != process);
}

TEST_CASE("a program that is not there is tried again, and says so")
{
    Loop loop;
    std::vector<std::string> problems;
    Checker checker{loop, [](const CheckOutcome&) {},
                    [&](const std::string& problem) { problems.push_back(problem); },
                    "/nowhere/realserverd-checks"};
    Role role;
    role.checks = {fine()};
    checker.configure({{}, {role}});
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].find("/nowhere/realserverd-checks: No such file") != std::string::npos);
    CHECK(until_done(loop, [&] { return problems.size() == 2; }));
    CHECK(Checking::process() == 0);
}

TEST_CASE("a program that speaks another language is not listened to")
{
    Loop loop;
    std::vector<std::string> problems;
    // Gives back what it gets.
    Checker checker{loop, [](const CheckOutcome&) { FAIL("an outcome"); },
                    [&](const std::string& problem) { problems.push_back(problem); }, ECHO};
    Role role;
    role.checks = {fine()};
    checker.configure({{}, {role}});
    CHECK(until_done(loop, [&] { return problems.size() == 1; }));
    CHECK(problems[0].find("speaks another language") != std::string::npos);
}

TEST_CASE("many checks are all run, and a reload changes what is run")
{
    Checking checking;
    std::vector<Check> checks;
    for (int i = 0; i != 2000; ++i) {
        checks.push_back(check_of(CheckType::tcp, "127.0.0.1:" + std::to_string(i + 1)));
        checks.back().interval = 1h;
    }
    checking.configure(checks);
    CHECK(until_done(checking.loop, [&] { return checking.outcomes.size() == checks.size(); }));
    checks[7].interval = 59min;
    checking.outcomes.clear();
    checking.configure(checks);
    CHECK(checking.next().check == 7);
}

} // namespace rs::test
