#include "health/visitors.hpp"

#include <algorithm>
#include <cassert>

namespace rs {
namespace {

std::size_t index(Caller caller)
{
    return static_cast<std::size_t>(caller);
}

void append_overdue(std::list<Visitor>& visitors, Instant now, std::vector<Visitor*>& overdue)
{
    for (auto& visitor : visitors) {
        if (visitor.deadline > now) {
            break;
        }
        if (!visitor.dismissed) {
            overdue.push_back(&visitor);
        }
    }
}

std::optional<Instant> first_deadline(const std::list<Visitor>& visitors)
{
    const auto first =
        std::ranges::find_if(visitors, [](const Visitor& each) { return !each.dismissed; });
    return first == visitors.end() ? std::nullopt : std::optional{first->deadline};
}

std::list<Visitor>::iterator place(std::list<Visitor>& visitors, const Visitor& visitor)
{
    return std::ranges::find_if(visitors, [&](const Visitor& each) { return &each == &visitor; });
}

} // namespace

VisitorLimits limits_for(std::size_t descriptors)
{
    VisitorLimits limits;
    const auto ours = std::max<std::size_t>(descriptors / 2, 8);
    auto& [directors, guests, strangers] = limits.callers;
    directors = std::min(directors, ours / 2);
    guests = std::min(guests, ours / 4);
    strangers = std::min(strangers, ours / 8);
    for (std::size_t i = 0; i != limits.callers.size(); ++i) {
        limits.per_address.at(i) = std::min(limits.per_address.at(i), limits.callers.at(i));
    }
    return limits;
}

bool Visitors::full(const Address& address, Caller caller) const
{
    std::size_t of_address = 0;
    for (const auto* list : {&asking_, &answered_}) {
        of_address +=
            static_cast<std::size_t>(std::ranges::count_if(*list, [&](const Visitor& each) {
                return !each.dismissed && each.address == address;
            }));
    }
    return of_address >= limits_.per_address.at(index(caller));
}

bool Visitors::crowded(const Address& address, Caller caller) const
{
    return counts_.at(index(caller)) >= limits_.callers.at(index(caller)) || full(address, caller);
}

Visitors::Admission Visitors::admit(const Address& address, Caller caller, Instant now)
{
    const bool address_full = full(address, caller);
    if (!address_full && !crowded(address, caller)) {
        return {true, nullptr};
    }
    const auto slowest = std::ranges::find_if(asking_, [&](const Visitor& each) {
        return !each.dismissed && each.caller == caller &&
               (!address_full || each.address == address);
    });
    if (slowest == asking_.end() || slowest->arrived + limits_.grace > now) {
        return {};
    }
    dismiss(*slowest);
    return {true, &*slowest};
}

Visitor& Visitors::enter(int socket, const Address& address, Caller caller, Instant now)
{
    ++counts_.at(index(caller));
    Visitor visitor;
    visitor.socket = socket;
    visitor.address = address;
    visitor.caller = caller;
    visitor.arrived = now;
    visitor.deadline = now + limits_.ask;
    return asking_.emplace_back(std::move(visitor));
}

void Visitors::asked(Visitor& visitor, Instant now)
{
    assert(!visitor.asked);
    visitor.asked = true;
    visitor.deadline = now + limits_.take_answer;
    answered_.splice(answered_.end(), asking_, place(asking_, visitor));
}

void Visitors::leave(Visitor& visitor)
{
    if (!visitor.dismissed) {
        --counts_.at(index(visitor.caller));
    }
    auto& list = visitor.asked ? answered_ : asking_;
    list.erase(place(list, visitor));
}

std::vector<Visitor*> Visitors::overdue(Instant now)
{
    std::vector<Visitor*> overdue;
    append_overdue(asking_, now, overdue);
    append_overdue(answered_, now, overdue);
    for (auto* const visitor : overdue) {
        dismiss(*visitor);
    }
    return overdue;
}

std::optional<Instant> Visitors::next_deadline() const
{
    const auto asking = first_deadline(asking_);
    const auto answered = first_deadline(answered_);
    return asking && answered ? std::min(*asking, *answered) : (asking ? asking : answered);
}

void Visitors::dismiss(Visitor& visitor)
{
    visitor.dismissed = true;
    --counts_.at(index(visitor.caller));
}

} // namespace rs
