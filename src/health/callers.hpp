#pragma once
#include "health/prefix_set.hpp"
#include "model/role.hpp"

#include <optional>
#include <set>

namespace rs {

enum class Caller : std::uint8_t {
    director, // of any role, and allowed: its slots are its own
    guest,    // anybody else who may ask
    stranger, // may not
};

// Who somebody is, by the addresses of the connection alone.
class Callers {
public:
    Callers() = default;
    Callers(const std::vector<Allow>& allow, const std::vector<Role>& roles);

    // `local` is the address that was asked. The host itself always may.
    [[nodiscard]] Caller classify(const Address& remote, const Address& local) const;

    // A VIP is on every real server: who asks there gets an answer of one he did not choose.
    [[nodiscard]] bool is_vip(const Address& address) const { return vips_.holds(address); }

    [[nodiscard]] const std::set<Address>& directors() const { return directors_; }

private:
    std::set<Address> directors_; // of all roles, if they may ask
    PrefixSet allowed_;
    PrefixSet vips_;
    bool anybody_{};
};

// An IPv4 address in IPv6 clothes (::ffff:192.0.2.1) becomes what it is.
[[nodiscard]] Address unmapped(const Address& address);

} // namespace rs
