#pragma once
#include "ctl/options.hpp"
#include "model/role.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

// The directors' side of this host's roles, as the configuration of three programs. Pure.
namespace rs::ctl {

// A VIP and a service of a role, and how a director is to reach and to ask this host.
struct VirtualService {
    std::string role;
    Prefix vip;
    Service service;
    Address real;      // this host
    Port check_port{}; // 0: nobody asks
    Forwarding forwarding{};
    Tunnel tunnel;
    auto operator<=>(const VirtualService&) const = default;
};

struct DirectorView {
    std::vector<VirtualService> services;
    std::vector<std::string> warnings; // printed, but it may not work as meant
    std::vector<std::string> mistakes; // why nothing can be printed
};

// The address this host uses towards `director`, if there is a way to it.
using SourceTowards = std::function<std::optional<Address>(const Address& director)>;

// The command's roles, or all. Throws Failure (Exit::no_such_role).
[[nodiscard]] DirectorView director_view(const Config& config, const DirectorConfigCommand& command,
                                         const SourceTowards& source);

// A prefix of more addresses than this becomes a comment: a service for each is too much.
constexpr unsigned largest_expansion = 256;
// Every address of `vip` in order; none if they are too many.
[[nodiscard]] std::vector<Address> expanded(const Prefix& vip);
// The comment in their place.
[[nodiscard]] std::string too_wide_text(const VirtualService& service);

[[nodiscard]] std::string keepalived_text(const std::vector<VirtualService>& services,
                                          DirectorCheck check);
// As `ipvsadm -R` reads it, which knows no comments.
[[nodiscard]] std::string ipvsadm_text(const std::vector<VirtualService>& services);
[[nodiscard]] std::string ldirectord_text(const std::vector<VirtualService>& services,
                                          DirectorCheck check);

} // namespace rs::ctl
