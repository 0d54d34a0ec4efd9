#include "support/catch.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

extern "C" {
#include "director/answer.h"
}

namespace {

std::string reply(const std::string& status, const std::string& body)
{
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\nContent-Type: text/plain\r\n\r\n" + body;
}

answer of_role(std::string_view bytes)
{
    return parse_answer(bytes.data(), bytes.size(), true);
}

answer of_node(std::string_view bytes)
{
    return parse_answer(bytes.data(), bytes.size(), false);
}

} // namespace

TEST_CASE("only a serving role is served, and only a draining or drained one is quiesced")
{
    CHECK(of_role(reply("200 OK", "serving\n")).verdict == verdict_serve);
    for (const std::string state : {"draining", "drained"}) {
        const auto answer = of_role(reply("503 Service Unavailable", state + '\n'));
        CHECK(answer.verdict == verdict_quiesce);
        CHECK(answer.reason == state);
    }
    for (const std::string state : {"unhealthy", "degraded", "stopped"}) {
        const auto answer = of_role(reply("503 Service Unavailable", state + '\n'));
        CHECK(answer.verdict == verdict_down);
        CHECK(answer.reason == state);
    }
}

TEST_CASE("a node is as its worst role")
{
    CHECK(of_node(reply("200 OK", "web: serving\n")).verdict == verdict_serve);
    CHECK(of_node(reply("200 OK", "mail: serving\nweb: serving\n")).verdict == verdict_serve);
    const auto drained = of_node(reply("503 Bad", "mail: serving\nweb: drained\nx: serving\n"));
    CHECK(drained.verdict == verdict_quiesce);
    CHECK(drained.reason == std::string{"web: drained"});
    const auto bad = of_node(reply("503 Bad", "a: draining\nb: unhealthy\nc: drained\n"));
    CHECK(bad.verdict == verdict_down);
    CHECK(bad.reason == std::string{"b: unhealthy"});
    for (const std::string body : {"", "no roles\n"}) {
        const auto none = of_node(reply("200 OK", body));
        CHECK(none.verdict == verdict_down);
        CHECK(none.reason == std::string{"has no role"});
    }
}

TEST_CASE("line ends of both kinds, and headers in any case, are understood")
{
    CHECK(of_role("HTTP/1.0 200 OK\n\nserving\n").verdict == verdict_serve);
    CHECK(of_role("HTTP/1.0 200\r\n\r\nserving\r\n").verdict == verdict_serve);
    CHECK(of_role("HTTP/1.0 200 OK\r\ncontent-LENGTH:\t8 \r\n\r\nserving\n").verdict ==
          verdict_serve);
    CHECK(of_role("HTTP/1.0 200 OK\r\n\r\nserving").verdict == verdict_serve);
}

TEST_CASE("what contradicts itself is down")
{
    CHECK(of_role(reply("503 Service Unavailable", "serving\n")).verdict == verdict_down);
    CHECK(of_role(reply("200 OK", "draining\n")).verdict == verdict_down);
    CHECK(of_node(reply("200 OK", "web: serving\nmail: drained\n")).verdict == verdict_down);
    CHECK(of_node(reply("503 Bad", "web: serving\n")).verdict == verdict_down);
}

TEST_CASE("what is not an answer of ours is down")
{
    const std::vector<std::string> garbage{
        "",
        "serving",
        "serving\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 2000 OK\r\n\r\nserving\n",
        "HTTP/1.1 20 OK\r\n\r\nserving\n",
        "HTTP/2 200 OK\r\n\r\nserving\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nserving\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nserving\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\nserving\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nserving\n",
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nservin",
        "HTTP/1.1 200 OK\r\n\r\nserving\nserving\n",
        "HTTP/1.1 200 OK\r\n\r\nserving draining\n",
        "HTTP/1.1 200 OK\r\n\r\n<html>It works!</html>\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n",
        "HTTP/1.1 500 No\r\n\r\nserving\n",
        reply("403 Forbidden", "serving\n"),
        reply("404 Not Found", "draining\n"),
        std::string("HTTP/1.1 200 OK\r\n\r\nserving\0\n", 29),
    };
    for (const auto& bytes : garbage) {
        INFO(bytes);
        const auto answer = of_role(bytes);
        CHECK(answer.verdict == verdict_down);
        CHECK(answer.reason != std::string{});
    }
    for (const std::string body : {"serving\n", ": serving\n", "web serving\n", "web: serving",
                                   "web:serving\n", "WEB: serving\n", "web: serving\n\n", "\n"}) {
        INFO(body);
        CHECK(of_node(reply("200 OK", body)).verdict == verdict_down);
    }
}

TEST_CASE("an answer is whole only when all that it announces is there")
{
    const auto whole = reply("200 OK", "serving\n");
    for (std::size_t length = 0; length != whole.size(); ++length) {
        CHECK(!answer_is_whole(whole.data(), length));
    }
    CHECK(answer_is_whole(whole.data(), whole.size()));
    const std::string endless = "HTTP/1.0 200 OK\r\n\r\nserving\n";
    CHECK(!answer_is_whole(endless.data(), endless.size()));
}

TEST_CASE("no byte changed or lost makes an unhealthy role serve")
{
    const auto bad = reply("503 Service Unavailable", "unhealthy\n");
    for (std::size_t at = 0; at != bad.size(); ++at) {
        for (int byte = 0; byte != 256; ++byte) {
            auto changed = bad;
            changed[at] = static_cast<char>(byte);
            CHECK(of_role(changed).verdict == verdict_down);
            CHECK(of_node(changed).verdict == verdict_down);
        }
        CHECK(of_role(bad.substr(0, at)).verdict == verdict_down);
        CHECK(of_role(bad.substr(at)).verdict == verdict_down);
    }
}

TEST_CASE("a reason is one line of plain text, whatever came")
{
    for (const std::string body : {"web: \x1b[31m\n", "\x1b: drained\n", "web\r: drained\n"}) {
        const std::string reason = of_node(reply("503 Bad", body)).reason;
        CHECK(std::ranges::all_of(reason, [](char byte) { return byte >= ' ' && byte <= '~'; }));
    }
}
