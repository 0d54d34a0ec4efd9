#include "fixture.hpp"
#include "server.hpp"

namespace rs::test {
namespace {

std::string answer(const std::string& status, const std::string& body = "")
{
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

Check http(const std::string& url, const std::string& expect = "")
{
    auto check = check_of(CheckType::http, url);
    check.expect = expect;
    return check;
}

const CheckOutcome slow{"web", 0, false, "timed out after 200ms"};

Check impatient(Check check)
{
    check.timeout = 200ms;
    return check;
}

// What a check of a server with one answer finds.
CheckOutcome outcome_of(const std::string& the_answer, const std::string& expect = "")
{
    const Server server{answering(the_answer)};
    return Checking{}.first(http(server.url(), expect));
}

} // namespace

TEST_CASE("a port that accepts is good, and the connection is closed at once")
{
    const Server server{[](Connection& connection) { connection.wait_until_left(); }};
    Checking checking;
    CHECK(checking.first(check_of(CheckType::tcp, server.address())) ==
          CheckOutcome{"web", 0, true, "connected"});
}

TEST_CASE("a port that nobody listens on is bad, in words", "[fault-69]")
{
    CHECK(Checking{}.first(check_of(CheckType::tcp, closed_port())) ==
          CheckOutcome{"web", 0, false, "connection refused"});
    CHECK(Checking{}.text(check_of(CheckType::tcp, "[::1]:1")) == "connection refused");
    CHECK(Checking{}.text(http("http://" + closed_port() + "/")) == "connection refused");
}

TEST_CASE("a port whose queue is full is bad after the timeout")
{
    const FullPort port;
    CHECK(Checking{}.first(impatient(check_of(CheckType::tcp, port.address()))) == slow);
}

TEST_CASE("status 200 to 399 is good, and a redirect is not followed")
{
    CHECK(outcome_of(answer("200 OK", "hello")) == CheckOutcome{"web", 0, true, "HTTP 200"});
    CHECK(outcome_of(answer("204 No Content")).ok);
    const Server server{answering("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n"
                                  "Content-Length: 0\r\n\r\n")};
    Checking checking;
    CHECK(checking.first(http(server.url())) == CheckOutcome{"web", 0, true, "HTTP 302"});
    CHECK(server.accepted() == 1);
}

TEST_CASE("status 400 and more is bad", "[fault-69]")
{
    CHECK(outcome_of(answer("404 Not Found")) == CheckOutcome{"web", 0, false, "HTTP 404"});
    CHECK(outcome_of(answer("500 Broken")) == CheckOutcome{"web", 0, false, "HTTP 500"});
    CHECK(outcome_of(answer("503 Busy", "well")) == CheckOutcome{"web", 0, false, "HTTP 503"});
}

TEST_CASE("a request says who asks for what")
{
    std::string head;
    std::mutex mutex;
    const Server server{[&](Connection& connection) {
        const std::lock_guard lock{mutex};
        head = connection.read_head();
        connection.send(answer("200 OK"));
    }};
    Checking checking;
    CHECK(checking.first(http(server.url("/health?deep=1"))).ok);
    const std::lock_guard lock{mutex};
    CHECK(head.starts_with("GET /health?deep=1 HTTP/1.1\r\nHost: " + server.address() + "\r\n"));
    CHECK(head.find("User-Agent: realserverd/") != std::string::npos);
}

TEST_CASE("the text that is expected must be in the body")
{
    CHECK(outcome_of(answer("200 OK", "all is well"), "is well").ok);
    CHECK(outcome_of(answer("200 OK", "all is lost"), "is well") ==
          CheckOutcome{"web", 0, false, "HTTP 200 without the expected text"});
    CHECK(outcome_of(answer("500 Broken", "all is well"), "is well").text == "HTTP 500");
}

TEST_CASE("of a body without end the first 64 KiB are read")
{
    const Server server{[](Connection& connection) {
        static_cast<void>(connection.read_head());
        connection.send("HTTP/1.1 200 OK\r\n\r\n" + std::string(65531, '.') + "early late");
        while (connection.send(std::string(4096, '.'))) {
        }
    }};
    CHECK(Checking{}.first(http(server.url())).ok);
    CHECK(Checking{}.first(http(server.url(), "early")).ok);
    CHECK_FALSE(Checking{}.first(http(server.url(), "late")).ok);
}

TEST_CASE("a server that accepts and hangs is bad after the timeout", "[fault-69]")
{
    const Server server{[](Connection& connection) { connection.wait_until_left(); }};
    CHECK(Checking{}.first(impatient(http(server.url()))) == slow);
}

TEST_CASE("a body that comes too slowly is bad after the timeout", "[fault-69]")
{
    const Server server{[](Connection& connection) {
        static_cast<void>(connection.read_head());
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        while (connection.send(".") && !connection.left_within(20ms)) {
        }
    }};
    CHECK(Checking{}.first(impatient(http(server.url()))) == slow);
}

TEST_CASE("a connection that is reset, closed without a word or talks nonsense is bad")
{
    const Server resets{[](Connection& connection) {
        static_cast<void>(connection.read_head());
        connection.reset();
    }};
    CHECK_FALSE(Checking{}.first(http(resets.url())).ok);
    CHECK_FALSE(outcome_of("").ok);
    CHECK_FALSE(outcome_of("SSH-2.0-OpenSSH_9.2\r\n").ok);
    CHECK_FALSE(outcome_of("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort").ok);
}

TEST_CASE("a proxy of the environment is not asked")
{
    ::setenv("http_proxy", ("http://" + closed_port()).c_str(), 1);
    CHECK(outcome_of(answer("200 OK")).ok);
    ::unsetenv("http_proxy");
}

TEST_CASE("a check that hangs does not hold up another")
{
    const Server hangs{[](Connection& connection) { connection.wait_until_left(); }};
    const Server good{answering(answer("200 OK"))};
    auto patient = http(hangs.url());
    patient.interval = patient.timeout = 10s;
    auto check = http(good.url());
    check.interval = 100ms;
    Checking checking;
    checking.configure({patient, check});
    CHECK(until_done(checking.loop, [&] { return checking.outcomes.size() == 5; }));
    CHECK(std::ranges::all_of(
        checking.outcomes, [](const auto& outcome) { return outcome.ok && outcome.check == 1; }));
}

TEST_CASE("a connection ends with its run, whatever command was started meanwhile")
{
    std::atomic<bool> left = false;
    const Server server{[&](Connection& connection) {
        connection.wait_until_left();
        left = true;
    }};
    auto hangs = http(server.url());
    hangs.timeout = 1s;
    hangs.interval = 1h;
    Checking checking;
    checking.configure({hangs});
    REQUIRE(until_done(checking.loop, [&] { return server.accepted() == 1; }));
    checking.configure({hangs, check_of(CheckType::exec, "/bin/sleep 1000")});
    CHECK(checking.next().text == "timed out after 1s");
    const auto soon = Clock::now() + 5s; // long before the command is killed
    CHECK(until_done(checking.loop, [&] { return left.load(); }));
    CHECK(Clock::now() < soon);
}

TEST_CASE("a check that is as it was goes on, another one is run at once")
{
    const Server server{answering(answer("200 OK"))};
    auto slow_one = http(server.url());
    slow_one.interval = 1h;
    Checking checking;
    CHECK(checking.first(slow_one).check == 0);
    // Moved to another place, it is still the same.
    auto changed = slow_one;
    changed.expect = "nothing";
    checking.configure({changed, slow_one});
    CHECK(checking.next() == CheckOutcome{"web", 0, false, "HTTP 200 without the expected text"});
    checking.configure({quick(CheckType::tcp, server.address()), slow_one});
    for (int i = 0; i != 3; ++i) {
        CHECK(checking.next().check == 0);
    }
}

TEST_CASE("the same check twice is run twice")
{
    const Server server{answering(answer("200 OK"))};
    Checking checking;
    const auto check = http(server.url());
    checking.configure({check, check});
    CHECK(until_done(checking.loop, [&] { return checking.outcomes.size() == 2; }));
    CHECK(checking.outcomes[0].check != checking.outcomes[1].check);
}

TEST_CASE("what comes from a check that was taken away is not told")
{
    const Server server{answering(answer("200 OK"))};
    Checking checking;
    CHECK(checking.first(quick(CheckType::tcp, server.address())).ok);
    checking.configure({quick(CheckType::http, server.url())});
    checking.outcomes.clear();
    CHECK(checking.next().text == "HTTP 200");
    CHECK(checking.next().text == "HTTP 200");
}

} // namespace rs::test
