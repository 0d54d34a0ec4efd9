#include "reconcile/pace.hpp"
#include "support/catch.hpp"

using namespace rs;
using namespace std::chrono_literals;

TEST_CASE("a budget allows its burst, then one for each refill")
{
    const TimePoint start{100s};
    Budget budget{3, 2s};
    CHECK(budget.spend(start));
    CHECK(budget.spend(start));
    CHECK(budget.spend(start));
    CHECK_FALSE(budget.spend(start + 1s));
    CHECK(budget.available(start + 1s) == start + 2s);
    CHECK(budget.spend(start + 2s));
    CHECK_FALSE(budget.spend(start + 3s));
    CHECK(budget.spend(start + 4s));
}

TEST_CASE("a budget that was left alone is whole again, and no more than that")
{
    const TimePoint start{100s};
    Budget budget{2, 1s};
    CHECK(budget.spend(start));
    CHECK(budget.spend(start));
    CHECK(budget.available(start + 1h) == start + 1h);
    CHECK(budget.spend(start + 1h));
    CHECK(budget.spend(start + 1h));
    CHECK_FALSE(budget.spend(start + 1h));
}

TEST_CASE("a backoff doubles up to its longest wait and begins anew after a success")
{
    const TimePoint start{100s};
    Backoff backoff{1s, 3s};
    CHECK_FALSE(backoff.waiting(start));
    backoff.failed(start);
    CHECK(backoff.until() == start + 1s);
    CHECK(backoff.waiting(start));
    CHECK_FALSE(backoff.waiting(start + 1s));
    backoff.failed(start);
    CHECK(backoff.until() == start + 2s);
    backoff.failed(start);
    CHECK(backoff.until() == start + 3s);
    backoff.succeeded();
    CHECK_FALSE(backoff.failing());
    backoff.failed(start);
    CHECK(backoff.until() == start + 1s);
}
