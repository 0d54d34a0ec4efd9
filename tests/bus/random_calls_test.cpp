#include "fixture.hpp"
#include "random_arguments.hpp"
#include "support/catch.hpp"

#include <spdlog/spdlog.h>
#include <systemd/sd-id128.h>

#include <regex>
#include <set>

using namespace rs;
using namespace rs::test;

namespace {

constexpr auto introspectable = "org.freedesktop.DBus.Introspectable";

struct Method {
    std::string path;
    std::string interface;
    std::string name;
    std::string types; // of its arguments
};

std::vector<std::string> matches(const std::string& text, const char* pattern)
{
    const std::regex expression{pattern};
    std::vector<std::string> found;
    for (std::sregex_iterator each{text.begin(), text.end(), expression}, end; each != end;
         ++each) {
        found.push_back(each->str(1));
    }
    return found;
}

// Everything that can be called at `path` and below it, as the service itself tells.
void introspect(Running& on, const std::string& path, std::vector<Method>& methods)
{
    const auto xml = on.root.call(path, introspectable, "Introspect").body;
    for (const auto& interface : matches(xml, "(<interface [^]*?</interface>)")) {
        const auto name = matches(interface, "^<interface name=\"([^\"]*)\"").at(0);
        for (const auto& method : matches(interface, "(<method [^]*?(?:/>|</method>))")) {
            std::string types;
            for (const auto& argument : matches(method, "(<arg [^>]*direction=\"in\"[^>]*>)")) {
                types += matches(argument, "type=\"([^\"]*)\"").at(0);
            }
            methods.push_back(
                {path, name, matches(method, "^<method name=\"([^\"]*)\"").at(0), types});
        }
    }
    for (const auto& child : matches(xml, "<node name=\"([^\"]*)\"")) {
        introspect(on, path == "/" ? path + child : path + '/' + child, methods);
    }
}

std::chrono::seconds duration()
{
    const auto* const text = std::getenv("RANDOM_CALLS_SECONDS");
    return std::chrono::seconds{text != nullptr ? std::atoi(text) : 5};
}

unsigned seed()
{
    const auto* const text = std::getenv("RANDOM_CALLS_SEED");
    return text != nullptr ? static_cast<unsigned>(std::atoi(text)) : std::random_device{}();
}

bool one_of(const std::string& text, const std::set<std::string>& allowed)
{
    return allowed.contains(text);
}

// Without a machine ID libsystemd leaves this call unanswered, and every caller waits in vain.
bool is_left_unanswered(const Method& method)
{
    sd_id128_t machine{};
    return method.name == "GetMachineId" && sd_id128_get_machine(&machine) < 0;
}

} // namespace

// What dfuzzer does, which Debian 12 does not have. By hand: RANDOM_CALLS_SECONDS=600
TEST_CASE("calls of every method with arguments of every kind end in answers and nothing else",
          "[fault-52]")
{
    spdlog::set_level(spdlog::level::warn);
    Running on{BusPolicy::open};
    std::vector<Method> methods;
    introspect(on, "/", methods);
    std::erase_if(methods, is_left_unanswered);
    REQUIRE(methods.size() >= 30);
    const auto known = seed();
    std::printf("%zu methods, RANDOM_CALLS_SEED=%u\n", methods.size(), known);
    RandomArguments random{known};
    const auto end = Clock::now() + duration();
    std::size_t answered{};
    std::size_t good{};
    std::size_t sent{};
    while (Clock::now() < end) {
        const auto& method = methods[random.below(methods.size())];
        // The declared types, or any others.
        const auto types = random.below(4) == 0 ? random.types() : method.types;
        const auto call = on.root.new_call(
            method.path, random.below(16) == 0 ? "" : method.interface, method.name);
        if (!random.append(call.get(), types)) {
            continue; // sd-bus does not send that
        }
        CAPTURE(known, method.path, method.interface, method.name, types);
        ++sent;
        const auto reply = on.root.call(call);
        ++answered;
        good += reply.error.empty() ? 1 : 0;
        if (types != method.types && method.interface.starts_with("org.realserverd.")) {
            CAPTURE(reply.error, reply.message);
            CHECK(one_of(reply.error, {"org.freedesktop.DBus.Error.InvalidArgs",
                                       "org.freedesktop.DBus.Error.UnknownMethod",
                                       "org.freedesktop.DBus.Error.UnknownObject"}));
        }
    }
    std::printf("%zu calls, %zu answered, %zu of them well\n", sent, answered, good);
    CHECK(answered == sent);
    CHECK(good > 0);
    for (const auto& asked : on.control.asked) {
        CHECK(one_of(asked, {"drain ", "drain web-1", "undrain ", "undrain web-1", "reload"}));
    }
    CHECK(on.root.property(manager_path, manager_interface, "State").body == "\"serving\"");
    CHECK(on.service.connected());
}
