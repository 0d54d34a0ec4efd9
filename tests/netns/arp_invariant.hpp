#pragma once
#include "util/unique_fd.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace rs {

[[noreturn]] inline void fail(const std::string& what)
{
    throw std::system_error{errno, std::generic_category(), what};
}

// What must never be: a VIP that is bound while ARP could name it.
class ArpInvariant {
public:
    ArpInvariant(const std::string& vips, const std::string& device)
    {
        std::istringstream words{vips};
        for (std::string vip; std::getline(words, vip, ',');) {
            vips_.push_back(vip);
        }
        for (const auto* key : {"arp_ignore", "arp_announce"}) {
            for (const auto& name : {std::string{"all"}, device}) {
                files_[key].push_back(open_value(name, key));
            }
        }
    }

    // The violation in words; empty: none.
    [[nodiscard]] std::string violation() const
    {
        const auto ignore = effective("arp_ignore");
        const auto announce = effective("arp_announce");
        if ((ignore == 1 || ignore == 2 || ignore == 8) && announce == 2) {
            return {};
        }
        for (const auto& vip : vips_) {
            if (bound(vip)) {
                return vip + " is bound, arp_ignore " + std::to_string(ignore) + ", arp_announce " +
                       std::to_string(announce);
            }
        }
        return {};
    }

private:
    static UniqueFd open_value(const std::string& device, const std::string& key)
    {
        const auto path = "/proc/sys/net/ipv4/conf/" + device + '/' + key;
        UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
        if (!file) {
            fail(path);
        }
        return file;
    }

    // The kernel takes the greater one of `all` and the device's own.
    [[nodiscard]] int effective(const std::string& key) const
    {
        int greatest = 0;
        for (const auto& file : files_.at(key)) {
            std::array<char, 16> text{};
            if (::pread(file.value(), text.data(), text.size() - 1, 0) < 0) {
                fail(key);
            }
            greatest = std::max(greatest, std::atoi(text.data()));
        }
        return greatest;
    }

    // However it is bound, by address or by route.
    static bool bound(const std::string& vip)
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        if (::inet_pton(AF_INET, vip.c_str(), &address.sin_addr) != 1) {
            throw std::invalid_argument{vip};
        }
        const UniqueFd probe{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
        return ::bind(probe.value(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
               0;
    }

    std::vector<std::string> vips_;
    std::map<std::string, std::vector<UniqueFd>> files_;
};

} // namespace rs
