#include "config/scratch.hpp"
#include "ctl/configuration.hpp"
#include "support/catch.hpp"

#include <pwd.h>
#include <unistd.h>

#include <filesystem>

namespace rs::ctl {
namespace {

namespace fs = std::filesystem;

constexpr const char* somebody = "nobody"; // is everywhere

class Readable {
public:
    Readable()
    {
        mode("", 0755);
        scratch_.write("realserverd.toml", "");
        scratch_.write("conf.d/web.toml", a_role);
    }

    [[nodiscard]] std::string path(const char* name) const { return scratch_.path(name); }

    void mode(const char* name, unsigned bits) const
    {
        fs::permissions(path(name), static_cast<fs::perms>(bits));
    }

    // Without the directory's own name.
    [[nodiscard]] std::string mistakes(const char* user = somebody) const
    {
        const auto outcome = load_for(user, scratch_.path());
        const auto* const found = std::get_if<Mistakes>(&outcome);
        CHECK(::geteuid() == 0);
        return found == nullptr ? "" : to_string(*found).substr(scratch_.path().size());
    }

private:
    Scratch scratch_;
};

} // namespace

TEST_CASE("what root can read and the daemon cannot is a mistake")
{
    if (::geteuid() != 0) {
        WARN("skipped: only root can try what another user may");
        return;
    }
    const std::string refused = ": the daemon, user nobody, cannot read it; "
                                "expected files of mode 644 in directories of mode 755";
    const Readable readable;
    CHECK(readable.mistakes().empty());

    readable.mode("conf.d/web.toml", 0640);
    CHECK(readable.mistakes() == "/conf.d/web.toml" + refused);
    CHECK(readable.mistakes("there-is-no-such-user").empty());
    const auto group = ::getpwnam(somebody)->pw_gid;
    REQUIRE(::chown(readable.path("conf.d/web.toml").c_str(), 0, group) == 0);
    CHECK(readable.mistakes().empty());

    readable.mode("realserverd.toml", 0600);
    CHECK(readable.mistakes() == "/realserverd.toml" + refused);
    readable.mode("realserverd.toml", 0644);

    for (const auto bits : {0700U, 0711U}) {
        readable.mode("conf.d", bits);
        CHECK(readable.mistakes() == "/conf.d" + refused);
    }
    readable.mode("conf.d", 0744);
    CHECK(readable.mistakes() == "/conf.d/web.toml" + refused);
    readable.mode("conf.d", 0755);

    readable.mode("", 0700);
    CHECK(readable.mistakes() == refused);
}

} // namespace rs::ctl
