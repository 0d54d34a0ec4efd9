#include "kernel/ledger.hpp"
#include "kernel/runtime_directory.hpp"
#include "support/catch.hpp"
#include "support/netns.hpp"

#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>
#include <sstream>

using namespace rs;
using rs::test::TemporaryDirectory;

namespace {

const LedgerEntries entries{{{0, "arp_ignore"}, {0, 1}}, {{3, "arp_announce"}, {-1, 2}}};

std::string read(const std::filesystem::path& path)
{
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return text.str();
}

// What the exception says that `action` throws; Catch2's matchers for it differ between versions.
template <typename Action>
std::string complaint(Action action)
{
    try {
        action();
    } catch (const std::system_error& error) {
        return error.what();
    }
    return {};
}

void write(const std::filesystem::path& path, const std::string& text)
{
    std::ofstream{path} << text;
}

} // namespace

TEST_CASE("what was stored is found by the next process, whole and private")
{
    const TemporaryDirectory directory;
    const auto path = directory.path() / "run" / "ledger";
    Ledger{directory.path() / "run"}.store(entries);
    CHECK(read(path) == format_ledger(current_epoch(), entries));

    struct stat status {};

    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0600U);
    CHECK(Ledger{directory.path() / "run"}.entries() == entries);
    CHECK_FALSE(std::filesystem::exists(directory.path() / "run" / "ledger.new"));
}

TEST_CASE("garbage in place of the ledger is a problem, not the end, and is replaced")
{
    const TemporaryDirectory directory;
    const auto path = directory.path() / "ledger";
    write(path, "garbage\n");
    Ledger ledger{directory.path()};
    CHECK(ledger.entries().empty());
    CHECK(ledger.problem().starts_with(path.string() + ": line 1"));
    ledger.store(entries);
    CHECK(Ledger{directory.path()}.entries() == entries);
}

TEST_CASE("a ledger of a later version is kept until a version that can read it has its values",
          "[fault-84]")
{
    const TemporaryDirectory directory;
    const auto path = directory.path() / "ledger";
    const auto kept = directory.path() / "ledger.unknown";
    const std::string later = "realserverd-ledger 2 a b c\nwhatever\n";
    write(path, later);
    {
        Ledger ledger{directory.path()};
        CHECK(ledger.problem().find("kept as ledger.unknown") != std::string::npos);
        ledger.store({});
        CHECK(read(path) == later); // nothing was changed, so nothing is in its way
        ledger.store(entries);
    }
    CHECK(read(kept) == later);
    {
        Ledger ledger{directory.path()};
        CHECK(ledger.entries() == entries);
        CHECK(ledger.problem().starts_with(kept.string() + ": line 1"));
        ledger.store({});
    }
    CHECK(read(kept) == later);
    write(path, "garbage, later on\n");
    Ledger{directory.path()}.store(entries);
    CHECK(read(kept) == later);
}

TEST_CASE("values that were kept take the place of what was found while they could not be read",
          "[fault-84]")
{
    const TemporaryDirectory directory;
    const auto kept = directory.path() / "ledger.unknown";
    const LedgerKey repaired{0, "arp_ignore"};
    const LedgerKey changed{0, "arp_announce"};
    const LedgerKey unused{3, "arp_ignore"};
    Ledger{directory.path()}.store({{repaired, {1, 1}}, {changed, {0, 2}}});
    write(kept, format_ledger(current_epoch(),
                              {{repaired, {4, 1}}, {changed, {1, 2}}, {unused, {3, 1}}}));
    // What somebody else had written in between is what stays at the end.
    const LedgerEntries whole_again{{repaired, {4, 1}}, {changed, {0, 2}}, {unused, {3, 1}}};
    Ledger ledger{directory.path()};
    CHECK(ledger.problem().empty());
    CHECK(ledger.entries() == whole_again);
    CHECK(std::filesystem::exists(kept));
    ledger.store(whole_again);
    CHECK_FALSE(std::filesystem::exists(kept));
    CHECK(Ledger{directory.path()}.entries() == whole_again);
}

TEST_CASE("values that were kept are put back once, also if nothing was noted since", "[fault-84]")
{
    const TemporaryDirectory directory;
    const auto kept = directory.path() / "ledger.unknown";
    write(kept, format_ledger(current_epoch(), entries));
    Ledger ledger{directory.path()};
    CHECK(ledger.entries() == entries);
    ledger.store({});
    CHECK_FALSE(std::filesystem::exists(kept));
    CHECK(Ledger{directory.path()}.entries().empty());
}

TEST_CASE("a ledger that has a second name or another owner is not believed, told, and kept",
          "[fault-79]")
{
    const TemporaryDirectory directory;
    Ledger{directory.path()}.store(entries);
    const auto file = directory.path() / "ledger";
    const auto kept = directory.path() / "ledger.unknown";
    const auto not_believed = [&] {
        Ledger ledger{directory.path()};
        CHECK(ledger.entries().empty());
        CHECK(ledger.problem().find("a link, or somebody else's") != std::string::npos);
        ledger.store({{{7, "arp_ignore"}, {0, 1}}});
        CHECK(read(kept) == format_ledger(current_epoch(), entries));
        std::filesystem::rename(kept, file);
    };
    std::filesystem::create_hard_link(file, directory.path() / "second");
    not_believed();
    std::filesystem::remove(directory.path() / "second");
    if (::geteuid() == 0) { // nobody else may give files away
        REQUIRE(::chown(file.c_str(), 65534, 65534) == 0);
        not_believed();
    }
}

TEST_CASE("a symbolic link in place of the ledger is not followed, and told", "[fault-79]")
{
    const TemporaryDirectory directory;
    const auto target = directory.path() / "target";
    std::filesystem::create_directory(directory.path() / "run");
    write(target, format_ledger(current_epoch(), entries));
    std::filesystem::create_symlink(target, directory.path() / "run" / "ledger");
    std::filesystem::create_symlink(target, directory.path() / "run" / "ledger.new");
    Ledger ledger{directory.path() / "run"};
    CHECK(ledger.entries().empty());
    CHECK_FALSE(ledger.problem().empty());
    ledger.store({{{7, "arp_ignore"}, {0, 1}}});
    CHECK(read(target) == format_ledger(current_epoch(), entries));
    CHECK(std::filesystem::is_regular_file(
        std::filesystem::symlink_status(directory.path() / "run" / "ledger")));
}

TEST_CASE("a directory that others can write to, or a link to one, is refused")
{
    const TemporaryDirectory directory;
    std::filesystem::permissions(directory.path(), std::filesystem::perms::all);
    const auto refusal = complaint([&] { Ledger{directory.path()}; });
    CHECK(refusal.find("others can write") != std::string::npos);
    std::filesystem::permissions(directory.path(), std::filesystem::perms::owner_all);
    std::filesystem::create_directory(directory.path() / "real");
    std::filesystem::create_symlink("real", directory.path() / "link");
    CHECK_THROWS_AS(Ledger{directory.path() / "link"}, std::system_error);
    CHECK_THROWS_AS(Ledger{directory.path() / "no" / "parent"}, std::system_error);
}

TEST_CASE("a store that fails leaves the entries and the file as they were")
{
    const TemporaryDirectory directory;
    Ledger ledger{directory.path() / "run"};
    ledger.store(entries);
    std::filesystem::create_directory(directory.path() / "run" / "ledger.new"); // in the way
    CHECK_THROWS_AS(ledger.store({}), std::system_error);
    CHECK(ledger.entries() == entries);
    CHECK(Ledger{directory.path() / "run"}.entries() == entries);
    Ledger none;
    CHECK_THROWS_AS(none.store(entries), std::system_error);
    CHECK(none.entries().empty());
    none.store({});
}

TEST_CASE("entries that were forgotten leave the file with the next store")
{
    const TemporaryDirectory directory;
    Ledger ledger{directory.path()};
    ledger.store(entries);
    ledger.forget_if([](const auto& entry) { return entry.first.link == 3; });
    const auto left = ledger.entries();
    CHECK(left.size() == 1);
    ledger.store(left);
    CHECK(Ledger{directory.path()}.entries() == left);
}

TEST_CASE("one agent at a time works on a host", "[fault-77]")
{
    const TemporaryDirectory directory;
    {
        const RuntimeLock lock{directory.path() / "run"};
        const auto refusal = complaint([&] { RuntimeLock{directory.path() / "run"}; });
        const auto pid = "(pid " + std::to_string(::getpid()) + ')';
        CHECK(refusal.find("another realserverd " + pid) != std::string::npos);
    }
    CHECK_NOTHROW(RuntimeLock{directory.path() / "run"});
}
