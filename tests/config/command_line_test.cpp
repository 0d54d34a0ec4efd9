#include "config/command_line.hpp"
#include "support/catch.hpp"

namespace rs {
namespace {

using Words = std::vector<std::string>;

TEST_CASE("a command line is split at spaces, however many")
{
    CHECK(split_words("/bin/true") == Words{"/bin/true"});
    CHECK(split_words("  /bin/test   -e /run/ready ") == Words{"/bin/test", "-e", "/run/ready"});
}

TEST_CASE("quotes keep words together, also in the middle of one")
{
    CHECK(split_words(R"(/bin/echo "two words" 'and "more"')") ==
          Words{"/bin/echo", "two words", R"(and "more")"});
    CHECK(split_words(R"(/bin/x --name="a b"'c d')") == Words{"/bin/x", "--name=a bc d"});
    CHECK(split_words(R"(/bin/x "" '')") == Words{"/bin/x", "", ""});
}

TEST_CASE("a backslash takes the next character as it is, but not in single quotes")
{
    CHECK(split_words(R"(/bin/x a\ b "c\"d" \\ 'e\')") ==
          Words{"/bin/x", "a b", R"(c"d)", R"(\)", R"(e\)"});
}

TEST_CASE("what a shell would expand stays as it is")
{
    CHECK(split_words("/bin/echo $HOME * | wc; ~ %n") ==
          Words{"/bin/echo", "$HOME", "*", "|", "wc;", "~", "%n"});
}

TEST_CASE("a command line that ends too early is none")
{
    for (const auto* line : {"", "   ", R"(/bin/x "a)", "/bin/x 'a", R"(/bin/x a\)"}) {
        CAPTURE(line);
        CHECK_FALSE(split_words(line));
    }
}

} // namespace
} // namespace rs
