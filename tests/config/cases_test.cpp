#include "config/case_file.hpp"
#include "config/config.hpp"
#include "support/catch.hpp"

#include <set>

namespace rs {
namespace {

std::vector<std::string> lines_of(const ConfigOrMistakes& result)
{
    std::vector<std::string> lines;
    if (const auto* const mistakes = std::get_if<Mistakes>(&result)) {
        for (const auto& mistake : *mistakes) {
            lines.push_back(to_string(mistake));
        }
    }
    return lines;
}

// What "*" stands for is the parser's own; cut both lines there.
void forgive(std::vector<std::string>& lines, const std::vector<std::string>& expected)
{
    for (std::size_t i = 0; i != std::min(lines.size(), expected.size()); ++i) {
        const auto& wanted = expected[i];
        const auto start = wanted.substr(0, wanted.size() - 1);
        if (wanted.ends_with('*') && lines[i].starts_with(start)) {
            lines[i] = wanted;
        }
    }
}

} // namespace

TEST_CASE("every bad configuration gives exactly the lines of its table",
          "[fault-43][fault-44][fault-50]")
{
    std::set<std::string> names;
    for (const auto* const table :
         {"addresses", "keys", "tunnel", "node", "syntax", "together", "types"}) {
        for (const auto& each : read_cases(std::string{CASES "/bad_"} + table + ".txt")) {
            INFO(table << ": " << each.name);
            auto lines = lines_of(make_config(each.sources));
            forgive(lines, each.expected);
            CHECK_FALSE(each.expected.empty());
            CHECK(lines == each.expected);
            CHECK(names.insert(each.name).second);
        }
    }
    CHECK(names.size() >= 60);
}

TEST_CASE("every good configuration is accepted")
{
    for (const auto& each : read_cases(CASES "/good.txt")) {
        INFO(each.name);
        CHECK(each.expected.empty());
        CHECK(lines_of(make_config(each.sources)).empty());
    }
}

TEST_CASE("more endpoints than systemd keeps sockets for are a mistake")
{
    const auto listening = [](int count) {
        std::string text = "[health]\nlisten = [";
        for (int port = 1; port <= count; ++port) {
            text += "\"192.0.2.9:" + std::to_string(port) + "\", ";
        }
        Sources sources;
        sources.node = Source{"realserverd.toml", text + "]\n"};
        return lines_of(make_config(sources));
    };
    CHECK(listening(64).empty());
    CHECK(listening(65) ==
          std::vector<std::string>{
              "realserverd.toml:2:10: health.listen: has 65 endpoints; expected at most "
              "64; \"0.0.0.0\" and \"[::]\" are all addresses of the host"});
}

TEST_CASE("mistakes are sorted by file, then line, then column")
{
    const std::string two = "services = [\"80\"]\nvips = [\"x\", \"y\"]\nforwarding = \"dr\"\n";
    Sources sources;
    sources.roles = {{"b.toml", two}, {"a.toml", two}};
    sources.mistakes = {{"c.toml", {}, {}, "is a symbolic link", "expected a regular file"}};
    const auto lines = lines_of(make_config(sources));
    const std::vector<std::string> starts{"a.toml:1:13:",
                                          "a.toml:2:9:",
                                          "a.toml:2:14:",
                                          "b.toml:1:13:",
                                          "b.toml:2:9:",
                                          "b.toml:2:14:",
                                          "c.toml: is a symbolic link; expected a regular file"};
    REQUIRE(lines.size() == starts.size());
    for (std::size_t i = 0; i != starts.size(); ++i) {
        CHECK(lines[i].substr(0, starts[i].size()) == starts[i]);
    }
}

TEST_CASE("a file of mistakes prints one line each")
{
    const Mistakes mistakes{{"a.toml", {1, 2}, "vips", "is empty", "expected addresses"},
                            {"b.toml", {}, {}, "is too large", "expected at most 1 MiB"}};
    CHECK(to_string(mistakes) == "a.toml:1:2: vips: is empty; expected addresses\n"
                                 "b.toml: is too large; expected at most 1 MiB");
}

} // namespace rs
