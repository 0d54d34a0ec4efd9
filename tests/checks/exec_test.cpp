#include "fixture.hpp"
#include "support/temporary_directory.hpp"

#include <fcntl.h>

#include <csignal>
#include <filesystem>

namespace rs::test {
namespace {

Check exec(const std::string& command)
{
    return check_of(CheckType::exec, command);
}

Check shell(const std::string& script)
{
    return exec("/bin/sh -c '" + script + "'");
}

// Where a command, as whoever it runs, may write.
class SharedDirectory : public TemporaryDirectory {
public:
    SharedDirectory() { std::filesystem::permissions(path(), std::filesystem::perms{0777}); }

    [[nodiscard]] std::string file(const char* name) const { return (path() / name).string(); }

    // The number that somebody has written; 0: not yet.
    [[nodiscard]] pid_t number(const char* name) const
    {
        pid_t process{};
        std::ifstream{file(name)} >> process;
        return process;
    }
};

bool is_gone(pid_t process)
{
    return ::kill(process, 0) != 0 && errno == ESRCH;
}

} // namespace

TEST_CASE("exit status 0 is good, all others are bad and say what was written")
{
    CHECK(Checking{}.first(exec("/bin/true")) == CheckOutcome{"web", 0, true, "exit status 0"});
    CHECK(Checking{}.first(exec("/bin/false")) == CheckOutcome{"web", 0, false, "exit status 1"});
    CHECK(Checking{}.text(shell("echo; echo first; echo second; exit 2")) ==
          "exit status 2: first");
    CHECK(Checking{}.text(shell("echo bad >&2; exit 255")) == "exit status 255: bad");
    CHECK(Checking{}.first(shell("echo noise")).text == "exit status 0");
    CHECK(Checking{}.text(shell("kill -KILL $$")) == "killed by signal 9");
}

TEST_CASE("a command that is not there or not executable is bad")
{
    CHECK(Checking{}.text(exec("/nowhere/check --now")) ==
          "/nowhere/check: no such file or directory");
    CHECK(Checking{}.text(exec("/etc/passwd")) == "/etc/passwd: permission denied");
}

TEST_CASE("words arrive as they were quoted, and no shell has seen them")
{
    CHECK(Checking{}.text(exec(R"(/bin/sh -c 'echo "$0|$1|$2"; exit 1' "a b" $HOME '*')")) ==
          "exit status 1: a b|$HOME|*");
}

TEST_CASE("what a command writes may be long, and no text at all")
{
    CHECK(Checking{}.text(shell("head -c 1000000 /dev/zero; exit 1")) ==
          "exit status 1: " + std::string(200, '?'));
    CHECK(Checking{}.text(shell("printf \"\\377\\033[31m\"; exit 1")) ==
          "exit status 1: \xef\xbf\xbd?[31m");
}

TEST_CASE("a command runs without privileges, with an empty standard input and nothing inherited")
{
    const int leaked = ::open("/dev/null", O_RDONLY); // NOLINT: without O_CLOEXEC on purpose
    Checking checking;
    CHECK(checking.text(shell("grep CapPrm /proc/self/status; exit 1")) ==
          "exit status 1: CapPrm:?0000000000000000");
    CHECK(checking.text(shell("grep CapInh /proc/self/status; exit 1")) ==
          "exit status 1: CapInh:?0000000000000000");
    CHECK(checking.text(shell("grep NoNewPrivs /proc/self/status; exit 1")) ==
          "exit status 1: NoNewPrivs:?1");
    CHECK(checking.text(shell("id -u; exit 1")) != "exit status 1: 0");
    CHECK(checking.first(shell("test \"$(wc -c)\" = 0")).ok);
    // 3 is the directory itself.
    CHECK(checking.text(shell("echo $(ls /proc/self/fd); exit 1")) == "exit status 1: 0 1 2 3");
    CHECK(checking.text(shell("env | sort | tr \"\\n\" \" \"; exit 1")) ==
          "exit status 1: HOME=/ LANG=C.UTF-8 "
          "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin PWD=/");
    CHECK(checking.first(shell("kill -0 " + std::to_string(::getpid()))).ok == (::getuid() != 0));
    ::close(leaked);
}

TEST_CASE("the process itself has no privileges and none of our descriptors")
{
    const int leaked = ::open("/etc/hostname", O_RDONLY); // NOLINT: without O_CLOEXEC on purpose
    Checking checking;
    CHECK(checking.first(exec("/bin/true")).ok);
    const auto process = "/proc/" + std::to_string(Checking::process());
    std::string all;
    std::ifstream status{process + "/status"};
    for (std::string line; std::getline(status, line);) {
        all += line + '\n';
    }
    for (const auto* name : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
        CHECK(all.find(std::string{name} + ":\t0000000000000000\n") != std::string::npos);
    }
    CHECK(all.find("NoNewPrivs:\t1\n") != std::string::npos);
    CHECK(all.find("Uid:\t0\t") == std::string::npos);
    for (const auto& entry : std::filesystem::directory_iterator{process + "/fd"}) {
        CHECK(std::filesystem::read_symlink(entry).string() != "/etc/hostname");
    }
    ::close(leaked);
}

TEST_CASE("at the timeout a command is killed with all that it has started")
{
    const SharedDirectory directory;
    const auto own_session =
        "setsid sh -c \"echo \\$\\$ > " + directory.file("session") + "; exec sleep 1000\" & ";
    const auto orphan =
        "(sh -c \"echo \\$\\$ > " + directory.file("orphan") + "; exec setsid sleep 1000\" & ); ";
    const auto stubborn =
        "trap \"\" TERM; echo $$ > " + directory.file("main") + "; while :; do sleep 1000; done";
    auto check = shell(own_session + orphan + stubborn);
    check.timeout = 2s;
    Checking checking;
    CHECK(checking.first(check) == CheckOutcome{"web", 0, false, "timed out after 2s"});
    for (const auto* name : {"session", "orphan", "main"}) {
        CAPTURE(name);
        const auto process = directory.number(name);
        REQUIRE(process > 1);
        CHECK(until_done(checking.loop, [&] { return is_gone(process); }));
    }
}

TEST_CASE("what a command leaves behind when it ends is killed")
{
    const SharedDirectory directory;
    Checking checking;
    CHECK(checking.first(shell("setsid sleep 1000 & echo $! > " + directory.file("left"))).ok);
    const auto process = directory.number("left");
    REQUIRE(process > 1);
    CHECK(until_done(checking.loop, [&] { return is_gone(process); }));
}

TEST_CASE("a command ends when its check is taken away, and when the process is killed")
{
    const SharedDirectory directory;
    const auto script = "echo $$ > " + directory.file("main") + "; sleep 1000; true";
    auto check = shell(script);
    check.interval = check.timeout = 1h;
    Checking checking;
    const auto started = [&] { return directory.number("main") > 1; };
    checking.configure({check, exec("/bin/true")});
    REQUIRE(until_done(checking.loop, started));
    auto process = directory.number("main");
    SECTION("taken away")
    {
        checking.configure({exec("/bin/true")});
    }
    SECTION("killed")
    {
        checking.loses = true;
        ::kill(Checking::process(), SIGKILL);
        CHECK(until_done(checking.loop, [&] { return !checking.problems.empty(); }));
    }
    SECTION("no check is left")
    {
        checking.configure({});
    }
    CHECK(until_done(checking.loop, [&] { return is_gone(process); }));
}

TEST_CASE("a command that hangs for ever is run again and again, and never twice at a time")
{
    const SharedDirectory directory;
    // Fails if it finds another one.
    auto check =
        shell("test ! -e " + directory.file("busy") + " || { echo twice; exit 1; }; sleep 5");
    check.interval = check.timeout = 100ms;
    Checking checking;
    checking.configure({check});
    CHECK(until_done(checking.loop, [&] { return checking.outcomes.size() == 5; }));
    for (const auto& outcome : checking.outcomes) {
        CHECK(outcome.text == "timed out after 100ms");
    }
}

} // namespace rs::test
