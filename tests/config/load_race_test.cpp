#include "config/load.hpp"
#include "config/read_file.hpp"
#include "config/scratch.hpp"
#include "support/catch.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

// What becomes of a file while it is read.
namespace rs {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

} // namespace

TEST_CASE("a file that is replaced while it is read is the old one or the new one", "[fault-47]")
{
    const Scratch scratch;
    const std::string old_text(300'000, '#');
    const std::string new_text(200'000, '\n');
    scratch.write("conf.d/a.toml", old_text);
    std::atomic<bool> done{false};
    std::thread writer{[&] {
        for (int i = 0; !done; ++i) {
            scratch.write("conf.d/a.toml", i % 2 == 0 ? new_text : old_text);
        }
    }};
    int torn = 0;
    for (int i = 0; i != 50; ++i) {
        const auto sources = load(scratch.path());
        const bool whole = sources.mistakes.empty() && sources.roles.size() == 1 &&
                           (sources.roles[0].text == old_text || sources.roles[0].text == new_text);
        torn += whole ? 0 : 1;
    }
    done = true;
    writer.join();
    CHECK(torn == 0);
}

// Both halves are configurations by themselves, and so is nothing at all.
TEST_CASE("a file that is being written in place is read when it is whole", "[fault-47]")
{
    const Scratch scratch;
    const auto directory = open_safe_directory(AT_FDCWD, scratch.path());
    std::ofstream file{scratch.path("a.toml")};
    std::vector<std::string> halves{"[drain]\ntimeout = \"1m\"\n", std::string{a_role}};
    const auto next_half = [&](std::chrono::nanoseconds left) {
        CHECK(left > 0ns);
        CHECK(left <= 20ms);
        if (!halves.empty()) {
            file << halves.back() << std::flush;
            halves.pop_back();
        }
    };
    const auto read = read_file(std::get<UniqueFd>(directory), "a.toml", next_half);
    CHECK(std::get<std::optional<std::string>>(read) ==
          std::string{a_role} + "[drain]\ntimeout = \"1m\"\n");
}

TEST_CASE("a file that does not cease to change is refused", "[fault-47]")
{
    const Scratch scratch;
    const auto directory = open_safe_directory(AT_FDCWD, scratch.path());
    std::ofstream file{scratch.path("a.toml")};
    const auto read = read_file(std::get<UniqueFd>(directory), "a.toml", [&](auto) {
        file << "#\n" << std::flush;
    });
    CHECK(std::get<Objection>(read).what == "changes while it is read");
}

TEST_CASE("only a file that was written just now is waited for")
{
    const Scratch scratch;
    scratch.write("a.toml", a_role);
    const auto directory = open_safe_directory(AT_FDCWD, scratch.path());
    const auto when =
        GENERATE(fs::file_time_type::clock::now() - 1s, fs::file_time_type::clock::now() + 1h);
    fs::last_write_time(scratch.path("a.toml"), when);
    bool waited = false;
    const auto read =
        read_file(std::get<UniqueFd>(directory), "a.toml", [&](auto) { waited = true; });
    CHECK(std::get<std::optional<std::string>>(read) == a_role);
    CHECK_FALSE(waited);
}

} // namespace rs
