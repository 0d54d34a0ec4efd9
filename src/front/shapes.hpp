#pragma once
#include "front/messages.hpp"

// What the types that travel consist of. A number of fields that is not the true one does not
// compile: nothing that is added to a type is ever left behind.
namespace rs::wire {

template <typename T>
inline constexpr int fields = -1;

template <>
inline constexpr int fields<Address> = 2;
template <>
inline constexpr int fields<Prefix> = 2;
template <>
inline constexpr int fields<Endpoint> = 2;
template <>
inline constexpr int fields<Service> = 2;
template <>
inline constexpr int fields<MssAutomatic> = 0;
template <>
inline constexpr int fields<MssOff> = 0;
template <>
inline constexpr int fields<Reply> = 3;
template <>
inline constexpr int fields<Tunnel> = 5;
template <>
inline constexpr int fields<DrainPolicy> = 3;
template <>
inline constexpr int fields<Check> = 8;
template <>
inline constexpr int fields<Role> = 13;
template <>
inline constexpr int fields<AllowDirectors> = 0;
template <>
inline constexpr int fields<AllowAny> = 0;
template <>
inline constexpr int fields<Health> = 2;
template <>
inline constexpr int fields<Stop> = 2;
template <>
inline constexpr int fields<Node> = 4;
template <>
inline constexpr int fields<Config> = 2;

template <>
inline constexpr int fields<VipStatus> = 3;
template <>
inline constexpr int fields<DrainStatus> = 3;
template <>
inline constexpr int fields<DirectorStatus> = 5;
template <>
inline constexpr int fields<CheckStatus> = 4;
template <>
inline constexpr int fields<Poll> = 3;
template <>
inline constexpr int fields<Drift> = 2;
template <>
inline constexpr int fields<RoleStatus> = 12;
template <>
inline constexpr int fields<NodeStatus> = 7;
template <>
inline constexpr int fields<Event> = 3;
template <>
inline constexpr int fields<DrainRequest> = 2;

template <>
inline constexpr int fields<Configured> = 1;
template <>
inline constexpr int fields<Published> = 1;
template <>
inline constexpr int fields<Happened> = 1;
template <>
inline constexpr int fields<Open> = 0;
template <>
inline constexpr int fields<Finish> = 0;
template <>
inline constexpr int fields<Answer> = 3;
template <>
inline constexpr int fields<AskDrain> = 2;
template <>
inline constexpr int fields<AskUndrain> = 1;
template <>
inline constexpr int fields<AskReload> = 0;
template <>
inline constexpr int fields<AskConnections> = 1;
template <>
inline constexpr int fields<AskLogLevel> = 1;
template <>
inline constexpr int fields<Polled> = 1;
template <>
inline constexpr int fields<Pulse> = 1;
template <>
inline constexpr int fields<BusTried> = 0;
template <>
inline constexpr int fields<Alone> = 0;
template <>
inline constexpr int fields<Sync> = 0;
template <>
inline constexpr int fields<Synced> = 0;
template <>
inline constexpr int fields<Store> = 1;
template <>
inline constexpr int fields<Unstore> = 1;

// The last word of each enumeration.
template <typename T>
inline constexpr T last_of = [] {
    static_assert(sizeof(T) == 0, "which is the last?");
    return T{};
}();
template <>
inline constexpr Family last_of<Family> = Family::ipv6;
template <>
inline constexpr Forwarding last_of<Forwarding> = Forwarding::tunnelling;
template <>
inline constexpr Protocol last_of<Protocol> = Protocol::udp;
template <>
inline constexpr Bind last_of<Bind> = Bind::route;
template <>
inline constexpr Encapsulation last_of<Encapsulation> = Encapsulation::gue;
template <>
inline constexpr OnCheckFailure last_of<OnCheckFailure> = OnCheckFailure::report;
template <>
inline constexpr OnTimeout last_of<OnTimeout> = OnTimeout::reset;
template <>
inline constexpr GuardUse last_of<GuardUse> = GuardUse::off;
template <>
inline constexpr CheckType last_of<CheckType> = CheckType::exec;
template <>
inline constexpr LogLevel last_of<LogLevel> = LogLevel::critical;
template <>
inline constexpr RoleState last_of<RoleState> = RoleState::degraded;
template <>
inline constexpr Failure last_of<Failure> = Failure::other;

template <typename T>
concept Shaped = fields<T>
>= 0;

// Calls `use` with each field of `value`, in their order.
template <typename T, typename Use>
void with_fields(T& value, Use use)
{
    constexpr int count = fields<std::remove_const_t<T>>;
    if constexpr (count == 0) {
        static_assert(std::is_empty_v<T>);
    } else if constexpr (count == 1) {
        auto& [a] = value;
        use(a);
    } else if constexpr (count == 2) {
        auto& [a, b] = value;
        use(a, b);
    } else if constexpr (count == 3) {
        auto& [a, b, c] = value;
        use(a, b, c);
    } else if constexpr (count == 4) {
        auto& [a, b, c, d] = value;
        use(a, b, c, d);
    } else if constexpr (count == 5) {
        auto& [a, b, c, d, e] = value;
        use(a, b, c, d, e);
    } else if constexpr (count == 6) {
        auto& [a, b, c, d, e, f] = value;
        use(a, b, c, d, e, f);
    } else if constexpr (count == 7) {
        auto& [a, b, c, d, e, f, g] = value;
        use(a, b, c, d, e, f, g);
    } else if constexpr (count == 8) {
        auto& [a, b, c, d, e, f, g, h] = value;
        use(a, b, c, d, e, f, g, h);
    } else if constexpr (count == 12) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l] = value;
        use(a, b, c, d, e, f, g, h, i, j, k, l);
    } else {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = value;
        use(a, b, c, d, e, f, g, h, i, j, k, l, m);
    }
}

} // namespace rs::wire
