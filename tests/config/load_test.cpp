#include "config/config.hpp"
#include "config/load.hpp"
#include "config/read_file.hpp"
#include "config/scratch.hpp"
#include "support/catch.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

namespace rs {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// Without the directory's own name, which is another in every test.
std::string mistakes(const Scratch& scratch)
{
    auto text = to_string(load(scratch.path()).mistakes);
    for (auto at = text.find(scratch.path()); at != std::string::npos;
         at = text.find(scratch.path())) {
        text.replace(at, scratch.path().size(), "DIR");
    }
    return text;
}

} // namespace

TEST_CASE("a directory with nothing in it is a configuration with nothing to do")
{
    const Scratch scratch;
    CHECK(std::get<LocatedConfig>(load_config(scratch.path())).config == Config{});
    fs::remove(scratch.path("conf.d"));
    CHECK(std::get<LocatedConfig>(load_config(scratch.path())).config == Config{});
}

TEST_CASE("a directory that is not there is a mistake")
{
    const auto result = load_config("/nonexistent/realserverd");
    CHECK(to_string(std::get<Mistakes>(result)) ==
          "/nonexistent/realserverd: is not there; expected a directory");
}

TEST_CASE("the node and the roles are read, and what is none is passed over")
{
    const Scratch scratch;
    scratch.write("realserverd.toml", "[log]\nlevel = \"debug\"\n");
    scratch.write("conf.d/web.toml", a_role);
    for (const auto* const name :
         {"README", ".hidden.toml", "web.toml~", "web.toml.bak", "a.conf"}) {
        scratch.write(std::string{"conf.d/"} + name, "not TOML");
    }
    const auto located = std::get<LocatedConfig>(load_config(scratch.path()));
    CHECK(located.config.node.log_level == LogLevel::debug);
    REQUIRE(located.config.roles.size() == 1);
    CHECK(located.config.roles[0].name == "web");
    CHECK(located.places[0].file == scratch.path("conf.d/web.toml"));
}

TEST_CASE("a file that is not named like a role is a mistake")
{
    const Scratch scratch;
    scratch.write("conf.d/Web.toml", a_role);
    scratch.write("conf.d/a\nb.toml", a_role);
    CHECK(mistakes(scratch) == "DIR/conf.d/Web.toml: is not named like a role; "
                               "expected NAME.toml with 1 to 32 of a-z, 0-9 and -\n"
                               "DIR/conf.d/a\\nb.toml: is not named like a role; "
                               "expected NAME.toml with 1 to 32 of a-z, 0-9 and -");
}

TEST_CASE("mistakes of reading and of validating come together")
{
    const Scratch scratch;
    scratch.write("conf.d/a.toml", "vips = []\n");
    fs::create_directory(scratch.path("conf.d/b.toml"));
    scratch.write("realserverd.toml", "x = 1\n");
    const auto found = std::get<Mistakes>(load_config(scratch.path()));
    CHECK(found.size() == 5);
    CHECK(std::is_sorted(found.begin(), found.end()));
}

TEST_CASE("only regular files are read, and nothing waits for them", "[fault-46]")
{
    const Scratch scratch;
    scratch.write("real", a_role);
    fs::create_symlink(scratch.path("real"), scratch.path("conf.d/a.toml"));
    fs::create_symlink("/nonexistent", scratch.path("conf.d/b.toml"));
    REQUIRE(::mkfifo(scratch.path("conf.d/c.toml").c_str(), 0600) == 0);
    fs::create_directory(scratch.path("conf.d/d.toml"));
    const std::string link = ": is a symbolic link; "
                             "expected a regular file (the whole directory may be a link)";
    CHECK(mistakes(scratch) == "DIR/conf.d/a.toml" + link + "\nDIR/conf.d/b.toml" + link +
                                   "\nDIR/conf.d/c.toml: is not a file; expected a regular file"
                                   "\nDIR/conf.d/d.toml: is not a file; expected a regular file");
}

TEST_CASE("a socket is no file")
{
    const Scratch scratch;
    const auto fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    scratch.path("conf.d/a.toml").copy(&address.sun_path[0], sizeof address.sun_path - 1);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what bind() takes
    REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    ::close(fd);
    CHECK(mistakes(scratch) == "DIR/conf.d/a.toml: is not a file; expected a regular file");
}

TEST_CASE("the directory itself may be a link")
{
    const Scratch scratch;
    scratch.write("conf.d/web.toml", a_role);
    const Scratch other;
    fs::create_directory_symlink(scratch.path(), other.path("link"));
    CHECK(load(other.path("link")).roles.size() == 1);
}

TEST_CASE("files of more than a megabyte are refused, however large they say they are",
          "[fault-42][fault-46]")
{
    const Scratch scratch;
    std::string text{a_role};
    text.append((std::size_t{1} << 20U) - text.size(), '\n');
    scratch.write("conf.d/a.toml", text);
    CHECK(mistakes(scratch).empty());
    scratch.write("conf.d/a.toml", text + '\n');
    fs::resize_file(scratch.path("conf.d/a.toml"), std::uintmax_t{1} << 30U);
    CHECK(mistakes(scratch) == "DIR/conf.d/a.toml: is too large; expected at most 1 MiB");
}

TEST_CASE("what everybody may write is refused", "[fault-46]")
{
    const Scratch scratch;
    scratch.write("conf.d/a.toml", a_role);
    fs::permissions(scratch.path("conf.d/a.toml"), fs::perms{0666});
    const std::string refused =
        ": may be written by everybody; expected no write permission for others";
    CHECK(mistakes(scratch) == "DIR/conf.d/a.toml" + refused);
    fs::permissions(scratch.path("conf.d"), fs::perms{01777});
    CHECK(mistakes(scratch) == "DIR/conf.d" + refused);
    fs::permissions(scratch.path(), fs::perms{0777});
    CHECK(mistakes(scratch) == "DIR" + refused);
}

TEST_CASE("what belongs to somebody else is refused", "[fault-46]")
{
    if (::geteuid() != 0) {
        WARN("skipped: only root can give a file away");
        return;
    }
    const Scratch scratch;
    scratch.write("realserverd.toml", "");
    REQUIRE(::chown(scratch.path("realserverd.toml").c_str(), 12345, 0) == 0);
    CHECK(mistakes(scratch) == "DIR/realserverd.toml: belongs to user 12345; "
                               "expected root or the running user as its owner");
}

TEST_CASE("conf.d that is a file is a mistake")
{
    const Scratch scratch;
    fs::remove(scratch.path("conf.d"));
    scratch.write("conf.d", "");
    CHECK(mistakes(scratch) ==
          "DIR/conf.d: cannot be opened: Not a directory; expected a readable directory");
}

TEST_CASE("files in a directory that may be read but not searched are mistakes")
{
    const Scratch scratch;
    scratch.write("conf.d/a.toml", a_role);
    fs::permissions(scratch.path(), fs::perms{0755});
    fs::permissions(scratch.path("conf.d"), fs::perms{0644});
    const auto user = ::geteuid();
    REQUIRE(::seteuid(user == 0 ? 65534 : user) == 0); // root may search everything
    const auto found = mistakes(scratch);
    REQUIRE(::seteuid(user) == 0);
    fs::permissions(scratch.path("conf.d"), fs::perms{0755});
    CHECK(found == "DIR/conf.d/a.toml: cannot be opened: Permission denied; "
                   "expected a readable file");
}

} // namespace rs
