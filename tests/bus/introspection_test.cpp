#include "fixture.hpp"
#include "support/catch.hpp"

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

using namespace rs;
using namespace rs::test;

namespace {

std::string file_text(const std::string& name)
{
    const std::ifstream file{std::string{std::getenv("BUS_INTERFACES")} + "/" + name};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// One tag with its attributes in alphabetical order.
std::string normal_tag(const std::string& name, const std::string& attributes)
{
    static const std::regex attribute{R"re(([\w.]+)="([^"]*)")re"};
    std::set<std::string> sorted;
    for (std::sregex_iterator each{attributes.begin(), attributes.end(), attribute}, end;
         each != end; ++each) {
        sorted.insert(each->str());
    }
    std::string text = name;
    for (const auto& each : sorted) {
        text += ' ' + each;
    }
    return text;
}

// What one interface of an introspection XML declares: its members in any order, each with its
// arguments. Annotations other than EmitsChangedSignal are instructions to generators.
std::multiset<std::string> declared(const std::string& xml, const std::string& interface)
{
    static const std::regex comment{"<!--[^]*?-->"};
    static const std::regex tag{R"re(<(\w+)((?:\s+[\w.]+="[^"]*")*)\s*/?>)re"};
    const auto bare = std::regex_replace(xml, comment, "");
    const auto begin = bare.find("<interface name=\"" + interface + "\"");
    if (begin == std::string::npos) {
        return {};
    }
    const auto body = bare.substr(begin, bare.find("</interface>", begin) - begin);
    std::multiset<std::string> members;
    std::string member;
    for (std::sregex_iterator each{body.begin(), body.end(), tag}, end; each != end; ++each) {
        const auto name = each->str(1);
        const auto attributes = each->str(2);
        if (name == "arg" || attributes.find("EmitsChangedSignal") != std::string::npos) {
            member += ' ' + normal_tag(name, attributes);
        } else if (name != "annotation") {
            members.insert(std::exchange(member, normal_tag(name, attributes)));
        }
    }
    members.insert(member);
    return members;
}

std::string introspected(Running& on, const std::string& path)
{
    return on.root.call(path, "org.freedesktop.DBus.Introspectable", "Introspect").body;
}

} // namespace

TEST_CASE("introspection says what the XML says")
{
    Running on;
    const auto xml = file_text("org.realserverd.RealServer1.xml");
    REQUIRE(declared(xml, manager_interface).contains("method name=\"Reload\""));
    CHECK(declared(introspected(on, manager_path), manager_interface) ==
          declared(xml, manager_interface));
    CHECK(declared(introspected(on, role_path_web), role_interface) ==
          declared(xml, role_interface));
    const auto* const log = "org.freedesktop.LogControl1";
    CHECK(declared(introspected(on, "/org/freedesktop/LogControl1"), log) ==
          declared(file_text("org.freedesktop.LogControl1.xml"), log));
}

TEST_CASE("introspection leads from the root to every role")
{
    Running on;
    CHECK(introspected(on, manager_path).find("node name=\"role\"") != std::string::npos);
    CHECK(introspected(on, "/org/realserverd/RealServer1/role").find("node name=\"web_2d1\"") !=
          std::string::npos);
}
