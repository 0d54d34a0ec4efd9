#include "ctl/bus_failure.hpp"
#include "ctl/words.hpp"
#include "support/catch.hpp"

using namespace rs::ctl;

TEST_CASE("every D-Bus error has the exit status that fits it")
{
    const auto status = [](const char* name) {
        return bus_failure(name, "why", "drain", "").status;
    };
    CHECK(status("org.freedesktop.DBus.Error.ServiceUnknown") == Exit::not_running);
    CHECK(status("org.freedesktop.DBus.Error.NameHasNoOwner") == Exit::not_running);
    CHECK(status("org.freedesktop.DBus.Error.AccessDenied") == Exit::not_authorised);
    CHECK(status("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired") ==
          Exit::not_authorised);
    CHECK(status("org.realserverd.RealServer1.Error.NoSuchRole") == Exit::no_such_role);
    CHECK(status("org.freedesktop.DBus.Error.UnknownObject") == Exit::no_such_role);
    CHECK(status("org.realserverd.RealServer1.Error.BadConfiguration") == Exit::bad_configuration);
    CHECK(status("org.freedesktop.DBus.Error.NoReply") == Exit::failed);
    CHECK(status("org.realserverd.RealServer1.Error.Failed") == Exit::failed);
    CHECK(status("System.Error.ECONNRESET") == Exit::not_running);
}

TEST_CASE("a refusal says how to be allowed, and on which host")
{
    CHECK(
        std::string{
            bus_failure("org.freedesktop.DBus.Error.AccessDenied", "no polkit", "drain web", "rs2")
                .what()} ==
        "not allowed to drain web on rs2: no polkit; use sudo, or have a polkit rule allow you the "
        "action");
    CHECK(no_bus("gone", "rs2").status == Exit::failed);
}

TEST_CASE("the daemon's text cannot drive the terminal, but keeps the lines of the mistakes")
{
    CHECK(std::string{bus_failure("x.Failed", "a\x1b[2Jb", "reload", "").what()} ==
          "cannot reload: a?[2Jb");
    CHECK(std::string{
              bus_failure("org.realserverd.RealServer1.Error.BadConfiguration", "a\nb", "", "")
                  .what()} == "a\nb");
}

TEST_CASE("an unknown role is told what was meant")
{
    CHECK(no_such_role_text("wbe", {"mail", "web"}) ==
          "no role is called 'wbe'; did you mean 'web'? The roles are: mail, web");
    CHECK(no_such_role_text("database", {"mail", "web"}) ==
          "no role is called 'database'; the roles are: mail, web");
    CHECK(no_such_role_text("web", {}) == "no role is called 'web'; no role is configured");
}
