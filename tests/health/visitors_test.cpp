#include "health/visitors.hpp"
#include "support/catch.hpp"

namespace rs {
namespace {

using namespace std::chrono_literals;

Address host(std::uint8_t number)
{
    return {Family::ipv4, {192, 0, 2, number}};
}

// A crowd on a clock that stands until told.
class Crowd {
public:
    VisitorLimits limits;
    Visitors visitors{limits};
    Instant now{1h};

    // Null if refused.
    Visitor* come(const Address& address, Caller caller)
    {
        const auto admission = visitors.admit(address, caller, now);
        dismissed = admission.dismissed;
        return admission.admitted ? &visitors.enter(-1, address, caller, now) : nullptr;
    }

    int fill(const Address& address, Caller caller)
    {
        int count = 0;
        while (come(address, caller) != nullptr) {
            ++count;
        }
        return count;
    }

    Visitor* dismissed{};
};

TEST_CASE("an address has so many places and another one its own")
{
    Crowd crowd;
    CHECK(crowd.fill(host(1), Caller::guest) == 16);
    CHECK(crowd.visitors.crowded(host(1), Caller::guest));
    CHECK(crowd.fill(host(2), Caller::guest) == 16);
    CHECK(!crowd.visitors.crowded(host(3), Caller::guest));
}

TEST_CASE("whatever others do, a director gets in")
{
    Crowd crowd;
    for (std::uint8_t number = 0; number != 200; ++number) {
        crowd.fill(host(number), Caller::guest);
        crowd.fill(host(number), Caller::stranger);
    }
    CHECK(crowd.visitors.size() == 128 + 8);
    CHECK(crowd.fill(host(201), Caller::director) == 128);
    CHECK(crowd.come(host(202), Caller::director) != nullptr);
}

TEST_CASE("who has not asked for a while makes room for the next of his address")
{
    Crowd crowd;
    auto* const first = crowd.come(host(1), Caller::guest);
    crowd.now += 5ms;
    crowd.fill(host(1), Caller::guest);
    crowd.now += crowd.limits.grace - 1ms;
    CHECK(crowd.come(host(1), Caller::guest) != nullptr);
    CHECK(crowd.dismissed == first);
    CHECK(first->dismissed);
    CHECK(crowd.come(host(1), Caller::guest) == nullptr); // the others have a little time left
}

TEST_CASE("who is being answered does not make room")
{
    Crowd crowd;
    for (auto* visitor = crowd.come(host(1), Caller::guest); visitor != nullptr;
         visitor = crowd.come(host(1), Caller::guest)) {
        crowd.visitors.asked(*visitor, crowd.now);
    }
    crowd.now += 1s;
    CHECK(crowd.come(host(1), Caller::guest) == nullptr);
}

TEST_CASE("a full house of guests is at the cost of the slowest guest and no other")
{
    Crowd crowd;
    auto* const director = crowd.come(host(1), Caller::director);
    for (std::uint8_t number = 2; number != 10; ++number) {
        crowd.fill(host(number), Caller::guest);
    }
    crowd.now += 1s;
    CHECK(crowd.come(host(100), Caller::guest) != nullptr);
    CHECK(crowd.dismissed->address == host(2));
    CHECK(!director->dismissed);
}

TEST_CASE("a place is free again once its holder leaves, dismissed or not")
{
    Crowd crowd;
    auto* const first = crowd.come(host(1), Caller::stranger);
    crowd.fill(host(1), Caller::stranger);
    crowd.visitors.leave(*first);
    CHECK(crowd.fill(host(1), Caller::stranger) == 1);
    crowd.now += 3s;
    const auto overdue = crowd.visitors.overdue(crowd.now);
    CHECK(overdue.size() == 4);
    CHECK(crowd.fill(host(1), Caller::stranger) == 4);
    for (auto* const visitor : overdue) {
        crowd.visitors.leave(*visitor);
    }
    CHECK(crowd.fill(host(1), Caller::stranger) == 0);
    CHECK(crowd.visitors.size() == 4);
}

TEST_CASE("there are two seconds to ask and five to take the answer")
{
    Crowd crowd;
    CHECK(!crowd.visitors.next_deadline());
    auto* const slow = crowd.come(host(1), Caller::guest);
    const auto come = crowd.now;
    CHECK(crowd.visitors.next_deadline() == come + 2s);
    crowd.now += 1500ms;
    auto* const quick = crowd.come(host(2), Caller::guest);
    crowd.visitors.asked(*quick, crowd.now);
    CHECK(crowd.visitors.overdue(come + 1999ms).empty());
    CHECK(crowd.visitors.overdue(come + 2s) == std::vector{slow});
    CHECK(crowd.visitors.overdue(come + 2s).empty()); // told once
    CHECK(crowd.visitors.next_deadline() == crowd.now + 5s);
    CHECK(crowd.visitors.overdue(crowd.now + 5s) == std::vector{quick});
}

TEST_CASE("half of the descriptors are for others")
{
    for (const std::size_t descriptors : {64U, 256U, 1024U, 524288U}) {
        const auto limits = limits_for(descriptors);
        std::size_t all = 0;
        for (const auto limit : limits.callers) {
            CHECK(limit > 0);
            all += limit;
        }
        CHECK(all <= descriptors / 2);
    }
    CHECK(limits_for(4096).callers == VisitorLimits{}.callers);
}

} // namespace
} // namespace rs
