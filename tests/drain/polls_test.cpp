#include "drain/polls.hpp"
#include "support/catch.hpp"

#include <vector>

using namespace rs;
using namespace std::chrono_literals;

// Times are those of checks as keepalived makes them: `delay_loop`, then `retry` repetitions each
// `delay_before_retry` after a failure.
namespace {

constexpr TimePoint start{1h};

class Director {
public:
    explicit Director(std::size_t virtual_servers = 1) : virtual_servers_{virtual_servers} {}

    void ask(microseconds at, bool answer) { polls.note(answer, virtual_servers_, start + at); }

    // Polls every `interval` until `end`, and returns when the next one would be.
    microseconds hear_yes(microseconds interval, microseconds end)
    {
        microseconds at{};
        for (; at < end; at += interval) {
            ask(at, true);
        }
        return at;
    }

    // The first moment at which it counts as told no, asking at `noes` only.
    std::optional<microseconds> told_at(const std::vector<microseconds>& noes)
    {
        auto next = noes.begin();
        for (auto at = noes.front(); at < noes.back() + 10min; at += 100ms) {
            for (; next != noes.end() && *next <= at; ++next) {
                ask(*next, false);
            }
            if (polls.told(false, start + at)) {
                return at;
            }
        }
        return std::nullopt;
    }

    Polls polls;

private:
    std::size_t virtual_servers_;
};

} // namespace

TEST_CASE("who never asked does not poll, and was told nothing")
{
    const Polls polls;
    CHECK(!polls.polling(start));
    CHECK(!polls.told(true, start));
    CHECK(!polls.told(false, start));
}

TEST_CASE("a director polls until it has been silent for three of its rounds")
{
    Director director;
    director.hear_yes(2s, 20s);
    CHECK(director.polls.rhythm()->round == 2s);
    CHECK(director.polls.polling(start + 24s));
    CHECK(!director.polls.polling(start + 26s));
}

TEST_CASE("a single poll may be the first of one every minute")
{
    Director director;
    director.ask(0s, true);
    CHECK(director.polls.polling(start + 60s));
    CHECK(!director.polls.polling(start + 62s));
}

TEST_CASE("a director has been told yes when it has come back")
{
    Director director;
    director.ask(0s, true);
    CHECK(!director.polls.told(true, start + 1s));
    director.ask(2s, true);
    CHECK(director.polls.told(true, start + 2s));
    director.ask(4s, false);
    CHECK(!director.polls.told(true, start + 5s));
}

TEST_CASE("a poll that came late does not keep a director untold")
{
    Director director;
    for (const auto at : {0ms, 2300ms, 4600ms, 9600ms, 11900ms, 14200ms}) {
        director.ask(at, true);
    }
    std::vector<microseconds> noes;
    for (auto at = 16500ms; at < 60s; at += 2300ms) {
        noes.emplace_back(at);
    }
    const auto told = director.told_at(noes);
    REQUIRE(told);
    CHECK(*told - 16500ms <= 16s);
}

TEST_CASE("a director without repetitions has been told no when it has come back")
{
    Director director;
    const auto no = director.hear_yes(2s, 20s);
    const auto told = director.told_at({no, no + 2s, no + 4s, no + 6s});
    REQUIRE(told);
    CHECK(*told - no >= 2s);
    CHECK(*told - no <= 3s);
}

TEST_CASE("repetitions after a failure do not count as acting on it")
{
    Director director;
    const auto no = director.hear_yes(6s, 60s);
    // nb_get_retry 3, delay_before_retry 3: the director acts 9 s after the first no.
    const auto told = director.told_at({no, no + 3s, no + 6s, no + 9s, no + 15s, no + 21s});
    REQUIRE(told);
    CHECK(*told - no > 9s);
    CHECK(*told - no < 15s);
}

TEST_CASE("a director that checks once a minute is waited for a minute, not two")
{
    Director director;
    const auto no = director.hear_yes(60s, 10min);
    const auto told = director.told_at({no, no + 3s, no + 63s, no + 123s});
    REQUIRE(told);
    CHECK(*told - no >= 60s);
    CHECK(*told - no <= 70s);
}

TEST_CASE("checks of several virtual servers are told apart, and all of them must hear")
{
    Director director{2};
    for (auto at = 0s; at < 30s; at += 6s) { // one at 0, 6, 12; the other at 1, 7, 13
        director.ask(at, true);
        director.ask(at + 1s, true);
    }
    CHECK(director.polls.rhythm()->round == 6s);
    director.ask(30s, false);
    director.ask(31s, false);
    CHECK(!director.polls.told(false, start + 32s));
    director.ask(33s, false);
    director.ask(34s, false);
    CHECK(!director.polls.told(false, start + 35s));
    director.ask(39s, false);
    director.ask(40s, false);
    CHECK(!director.polls.told(false, start + 40s));
    CHECK(director.polls.told(false, start + 41s));
}

TEST_CASE("a pattern that is not seen yet makes the round rather too long")
{
    Director director{4};
    director.ask(0s, true);
    director.ask(2s, true);
    CHECK(director.polls.rhythm()->round == 8s);
}

TEST_CASE("a director that heard no all the time need not hear it again")
{
    Director director;
    for (auto at = 0s; at < 100s; at += 2s) {
        director.ask(at, false);
    }
    CHECK(director.polls.told(false, start + 99s));
}

TEST_CASE("who stopped asking has not been told")
{
    Director director;
    const auto no = director.hear_yes(2s, 20s);
    CHECK(!director.told_at({no}));
}

TEST_CASE("a rhythm that is remembered is waited for")
{
    const Polls polls{{2, 6s}, start};
    CHECK(polls.polling(start + 10s));
    CHECK(!polls.told(false, start + 10s));
    CHECK(!polls.told(true, start + 10s));
    CHECK(!polls.polling(start + 20s));
    CHECK(polls.rhythm() == Polls::Rhythm{2, 6s});
}
