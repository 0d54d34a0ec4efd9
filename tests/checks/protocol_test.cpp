#include "checks/protocol.hpp"
#include "checks/schedule.hpp"
#include "support/catch.hpp"

namespace rs::checks {
namespace {

using namespace std::chrono_literals;

std::string without_newline(std::string line)
{
    REQUIRE(line.ends_with('\n'));
    line.pop_back();
    CHECK(line.find('\n') == std::string::npos);
    return line;
}

TEST_CASE("what one side encodes the other decodes")
{
    Order order{7, {}};
    for (const auto type : {CheckType::tcp, CheckType::http, CheckType::unit, CheckType::exec}) {
        order.check.type = type;
        order.check.target = "/bin/sh -c \"a\\b\"\n\xc3\xa4";
        order.check.expect = "\x01 \"";
        order.check.interval = 1h;
        order.check.timeout = 100ms;
        CHECK(decode_command(without_newline(encode(Command{order}))) == Command{order});
    }
    CHECK(decode_command(without_newline(encode(Command{Complete{3}}))) == Command{Complete{3}});
    const Message report = Report{UINT64_MAX, true, "HTTP 200\n"};
    CHECK(decode_message(without_newline(encode(report))) == report);
    CHECK(decode_message(without_newline(encode(Message{Alive{}}))) == Message{Alive{}});
}

TEST_CASE("bytes that are no text do not end the conversation")
{
    const auto line = without_newline(encode(Message{Report{1, false, "\xff\xfe"}}));
    CHECK(decode_message(line) == Message{Report{1, false, "\xef\xbf\xbd\xef\xbf\xbd"}});
}

TEST_CASE("a line that is not what it should be is none")
{
    for (const auto* line :
         {"", "x", "{", "[]", "1", "null", "{}", R"({"id":1})", R"({"id":-1,"ok":true,"text":""})",
          R"({"id":1.5,"ok":true,"text":""})", R"({"id":"1","ok":true,"text":""})",
          R"({"id":1,"ok":1,"text":""})", R"({"id":1,"ok":true,"text":null})",
          R"({"id":1,"ok":true,"text":""} {})"}) {
        CAPTURE(line);
        CHECK_FALSE(decode_message(line));
        CHECK_FALSE(decode_command(line));
    }
    const std::string good = without_newline(encode(Command{Order{1, {}}}));
    CHECK(decode_command(good));
    for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
             {"tcp", "udp"}, {"2000000", "3600000001"}, {"2000000", "-1"}, {"target", "targets"}}) {
        auto bad = good;
        bad.replace(bad.find(from), from.size(), to);
        CAPTURE(bad);
        CHECK_FALSE(decode_command(bad));
    }
    CHECK_FALSE(decode_command(R"({"complete":"all"})"));
}

TEST_CASE("a stream is cut into lines wherever its pieces begin")
{
    const std::string stream = "one\n\ntwo\nrest";
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
        Lines lines;
        std::vector<std::string> found;
        for (std::size_t at = 0; at < stream.size(); at += piece) {
            lines.append(std::string_view{stream}.substr(at, piece));
            while (auto line = lines.next()) {
                found.push_back(*line);
            }
        }
        CHECK(found == std::vector<std::string>{"one", "", "two"});
        CHECK_FALSE(lines.too_long());
    }
}

TEST_CASE("a line without end is noticed")
{
    Lines lines;
    lines.append("short\n" + std::string(Lines::longest, 'x'));
    CHECK(lines.next() == "short");
    CHECK_FALSE(lines.too_long());
    lines.append("x");
    CHECK_FALSE(lines.next());
    CHECK(lines.too_long());
}

TEST_CASE("the next run comes an interval after the last began, a tenth more or less")
{
    const auto start = std::chrono::microseconds{0};
    CHECK(next_start(start, start + 3ms, 2s, 0.0) == 2s);
    CHECK(next_start(start, start + 3ms, 2s, -1.0) == 1800ms);
    CHECK(next_start(start, start + 3ms, 2s, 1.0) == 2200ms);
}

TEST_CASE("a run that has taken its whole interval is followed by a pause")
{
    const auto start = std::chrono::microseconds{0};
    CHECK(next_start(start, start + 2s, 2s, -1.0) == 2200ms);
    CHECK(next_start(start, start + 1900ms, 2s, 1.0) == 2200ms);
}

} // namespace
} // namespace rs::checks
