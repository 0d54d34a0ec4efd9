#include "config/depth.hpp"
#include "config/parse.hpp"
#include "support/catch.hpp"

#include <chrono>

namespace rs {
namespace {

std::string repeated(std::string_view part, std::size_t times)
{
    std::string text;
    for (std::size_t i = 0; i != times; ++i) {
        text += part;
    }
    return text;
}

bool is_mistake(const std::string& text)
{
    return std::holds_alternative<Mistake>(parse({"web.toml", text}));
}

} // namespace

TEST_CASE("keys and values know their line and column")
{
    const auto parsed = parse({"web.toml", "a = 1\n\n[b]\n  c = [ \"é\", 2.5 ]\n"});
    const auto& root = std::get<Document>(parsed).root;
    REQUIRE(root.size() == 2);
    CHECK(root[0].at == Position{1, 1});
    CHECK(root[0].value.at == Position{1, 5});
    CHECK(root[1].value.at == Position{3, 1});
    const auto& c = std::get<Table>(root[1].value.data).at(0);
    CHECK(c.at == Position{4, 3});
    const auto& array = std::get<Array>(c.value.data);
    CHECK(array[0].at == Position{4, 9});
    CHECK(array[1].at == Position{4, 14}); // in letters, not bytes
}

TEST_CASE("nesting without end is a mistake and no crash", "[fault-42]")
{
    constexpr std::size_t deep = 500'000;
    CHECK(is_mistake("a = " + repeated("[", deep)));
    CHECK(is_mistake("a = " + repeated("{a=", deep)));
    CHECK(is_mistake(repeated("[", deep)));
    CHECK(is_mistake("a" + repeated(".a", deep) + " = 1"));
    CHECK(is_mistake("[a" + repeated(".a", deep) + "]"));
    CHECK(is_mistake("[[a" + repeated(" . \"=\"", deep) + "]]"));
    CHECK(is_mistake("x = {a" + repeated(".'}'", deep) + " = 1}"));
    CHECK(is_mistake("x = \"\"\"\n\"\"\"\"\"\n" + ("a" + repeated(".a", deep)) + " = 1"));
}

TEST_CASE("dots in strings and comments are no depth")
{
    const auto dots = repeated(".", 1000);
    CHECK_FALSE(too_deep("# " + dots));
    CHECK_FALSE(too_deep("a = \"" + dots + "\\\"" + dots + "\""));
    CHECK_FALSE(too_deep("a = '" + dots + "\\'"));
    CHECK_FALSE(too_deep("a = \"\"\"" + dots + "\n\"" + dots + "\"\"\"\"\""));
    CHECK_FALSE(too_deep("a = '''" + dots + "\n'" + dots + "''''"));
    CHECK_FALSE(too_deep("a = [" + repeated("1.5, ", 1000) + "]"));
    CHECK_FALSE(too_deep("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p = 1"));
    CHECK(too_deep("\na.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q = 1") == Position{2, 32});
}

TEST_CASE("a megabyte of anything is looked through in one pass", "[fault-42]")
{
    // Quadratic, each of these takes a minute.
    for (const auto* const part : {"\"", "'", ".", "#", "\\", "''' ", "\"\\\"", "=\"\"."}) {
        const auto start = std::chrono::steady_clock::now();
        static_cast<void>(too_deep(repeated(part, 1'000'000)));
        CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{5});
    }
}

TEST_CASE("bytes that are no text are a mistake")
{
    CHECK(is_mistake("a = \"\xff\""));
    CHECK(is_mistake(std::string{"a = \"\0\"", 7}));
    CHECK(is_mistake("\xfe\xff"));
    CHECK_FALSE(is_mistake("\xef\xbb\xbf"
                           "a = 1"));
    CHECK_FALSE(is_mistake("a = 1\r\n"));
}

TEST_CASE("a mistake is one line, whatever is in it")
{
    CHECK(in_quotes("a\nb\x1b[31m\x7f") == "\"a\\nb\\x1b[31m\\x7f\"");
    CHECK(printable(repeated("é", 100)) == repeated("é", 40) + "...");
    CHECK(printable("x" + repeated("é", 100)) == "x" + repeated("é", 39) + "...");
}

} // namespace rs
