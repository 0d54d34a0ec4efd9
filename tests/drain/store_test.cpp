#include "drain/moment.hpp"
#include "drain/store.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <unistd.h>

#include <fstream>
#include <system_error>

using namespace rs;
using namespace rs::test;
using namespace std::chrono_literals;

namespace {

struct Fixture {
    test::TemporaryDirectory runtime;
    test::TemporaryDirectory state;
    DrainStore store{runtime.path().string(), state.path().string()};
};

const Drains both{
    {"mail", Draining{at(1s), std::nullopt, false, std::nullopt}},
    {"web", Draining{at(2s), at(60s), true, std::nullopt}},
};

} // namespace

TEST_CASE_METHOD(Fixture, "drains come back as they were kept")
{
    auto kept = both;
    kept.emplace("old", Drained{at(0s), true, false});
    kept.emplace("late", Drained{at(0s), true, true});
    CHECK(store.save(kept).empty());
    CHECK(store.load(at(5s)) == kept);
}

TEST_CASE_METHOD(Fixture, "a reboot forgets the drains that are not persistent")
{
    CHECK(store.save(both).empty());
    std::filesystem::remove(runtime.path() / "drains");
    const auto kept = store.load(at(5s));
    REQUIRE(kept.size() == 1);
    CHECK(kept.begin()->first == "web");
}

TEST_CASE_METHOD(Fixture, "deadlines go by the wall clock: what passed meanwhile is due")
{
    CHECK(store.save(both).empty());
    const Moment after_reboot{TimePoint{3s}, at(100s).wall};
    const auto kept = store.load(after_reboot);
    const auto& web = std::get<Draining>(kept.at("web"));
    CHECK(web.deadline->monotonic < after_reboot.monotonic);
}

TEST_CASE_METHOD(Fixture, "a clock that was put back prolongs no drain", "[fault-40]")
{
    CHECK(store.save(both).empty());
    const Moment yesterday{TimePoint{3s}, at(-86'400s).wall};
    const auto kept = store.load(yesterday);
    const auto& web = std::get<Draining>(kept.at("web"));
    CHECK(web.deadline->monotonic == yesterday.monotonic + 58s);
}

TEST_CASE_METHOD(Fixture, "an undrained role leaves nothing behind")
{
    CHECK(store.save(both).empty());
    CHECK(store.save({{"web", Serving{}}}).empty());
    CHECK(store.load(at(5s)).empty());
}

TEST_CASE_METHOD(Fixture, "what cannot be kept for ever is kept until the next reboot",
                 "[fault-79]")
{
    const DrainStore elsewhere{runtime.path().string(), (state.path() / "gone").string()};
    CHECK(elsewhere.save(both).find("No such file or directory") != std::string::npos);
    const auto kept = elsewhere.load(at(5s));
    CHECK(kept.at("mail") == both.at("mail"));
    CHECK_FALSE(std::get<Draining>(kept.at("web")).persistent);
}

TEST_CASE_METHOD(Fixture, "where nothing can be kept until a restart, nothing is until a reboot",
                 "[fault-79]")
{
    const DrainStore elsewhere{(runtime.path() / "gone").string(), state.path().string()};
    CHECK_THROWS_AS(elsewhere.save(both), std::system_error);
    CHECK(store.load(at(5s)).empty());
}

TEST_CASE_METHOD(Fixture, "an undrained role serves, whatever the state directory still says",
                 "[fault-79]")
{
    CHECK(store.save(both).empty());
    const auto file = state.path() / "drains";
    const auto stale = state.path() / "stale";
    std::filesystem::copy_file(file, stale);
    CHECK(store.save({{"web", Serving{}}}).empty());
    std::filesystem::rename(stale, file);
    CHECK(store.load(at(5s)).empty());
}

TEST_CASE_METHOD(Fixture, "a file that was cut off or is no such file counts as empty")
{
    const auto path = state.path() / "drains";
    const auto put = [&](const std::string& text) { std::ofstream{path} << text; };
    for (const auto* text :
         {"web draining 1 2\n", "web draining 1\nend.\n", "web dancing 1 2\nend.\n", "\0\x01\x02",
          "end.", "web draining x y\nend.\n", "web draining -1 0\nend.\n",
          "web drained 9223372036854775807 0\nend.\n"}) {
        CAPTURE(text);
        put(text);
        CHECK(store.load(at(5s)).empty());
    }
    std::filesystem::remove(path);
    std::filesystem::create_directory(path);
    CHECK(store.load(at(5s)).empty());
}

TEST_CASE_METHOD(Fixture, "a role may be called as it likes")
{
    const Drains kept{{"drained", both.at("web")}, {"end", both.at("web")}, {"z", both.at("web")}};
    CHECK(store.save(kept).empty());
    CHECK(store.load(at(5s)) == kept);
}

TEST_CASE_METHOD(Fixture, "a link in the place of the file is replaced, not followed")
{
    const auto target = state.path() / "target";
    std::ofstream{target} << "web drained 1 0\nend.\n";
    std::filesystem::create_symlink(target, state.path() / "drains");
    CHECK(store.load(at(5s)).empty());
    CHECK(store.save(both).empty());
    CHECK(
        std::filesystem::is_regular_file(std::filesystem::symlink_status(state.path() / "drains")));
    CHECK(std::filesystem::file_size(target) == 21);
}

TEST_CASE_METHOD(Fixture, "a file that has a second name or another owner counts as none",
                 "[fault-79]")
{
    CHECK(store.save(both).empty());
    std::filesystem::remove(runtime.path() / "drains");
    const auto file = state.path() / "drains";
    const auto second = state.path() / "second";
    REQUIRE(store.load(at(5s)).contains("web"));
    std::filesystem::create_hard_link(file, second);
    CHECK_FALSE(store.load(at(5s)).contains("web"));
    std::filesystem::remove(second);
    CHECK(store.load(at(5s)).contains("web"));
    if (::geteuid() == 0) { // nobody else may give files away
        REQUIRE(::chown(file.c_str(), 65534, 65534) == 0);
        CHECK_FALSE(store.load(at(5s)).contains("web"));
        REQUIRE(::chown(state.path().c_str(), 65534, 65534) == 0);
        CHECK(store.load(at(5s)).contains("web"));
    }
}
