#pragma once
#include <linux/if_packet.h>

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

// What arpflood.cpp says, by one packet socket.
namespace arpflood {

using Clock = std::chrono::steady_clock;

struct [[gnu::packed]] ArpFrame {
    std::array<std::uint8_t, 6> destination;
    std::array<std::uint8_t, 6> source;
    std::uint16_t type;
    std::uint16_t hardware;
    std::uint16_t protocol;
    std::uint8_t hardware_length;
    std::uint8_t protocol_length;
    std::uint16_t operation;
    std::array<std::uint8_t, 6> sender_hardware;
    std::uint32_t sender;
    std::array<std::uint8_t, 6> target_hardware;
    std::uint32_t target;
};

static_assert(sizeof(ArpFrame) == 42);

struct Counters {
    std::uint64_t sent{};
    std::uint64_t reply{};
    std::uint64_t request{};
    std::uint64_t gratuitous{};
    std::uint64_t dropped{};
    Clock::time_point since = Clock::now();
};

inline void check(bool good, const char* what)
{
    if (!good)
        throw std::system_error{errno, std::generic_category(), what};
}

template <class Option>
void set_option(int socket, int level, int name, const Option& option)
{
    check(setsockopt(socket, level, name, &option, sizeof option) == 0, "setsockopt");
}

class Flood {
public:
    Flood(const std::string& device, std::vector<std::uint32_t> vips, std::uint32_t source,
          double rate)
        : socket_{::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)},
          vips_{std::move(vips)},
          rate_{rate}
    {
        check(socket_ >= 0, "AF_PACKET socket");
        std::ranges::sort(vips_);
        set_option(socket_, SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20);
        set_option(socket_, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
        prepare_frame(device, source);
        sockaddr_ll address{};
        address.sll_family = AF_PACKET;
        address.sll_protocol = htons(ETH_P_ARP);
        address.sll_ifindex = static_cast<int>(if_nametoindex(device.c_str()));
        check(bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
              "bind");
    }

    Flood(const Flood&) = delete;
    Flood& operator=(const Flood&) = delete;

    ~Flood() { close(socket_); }

    // As many requests as the rate asks for by now, at most `burst_limit` of them at a time, so
    // that a pause of this process is made up for without starving the receiver.
    void send_due()
    {
        const std::chrono::duration<double> elapsed = Clock::now() - start_;
        const auto due = static_cast<std::uint64_t>(elapsed.count() * rate_);
        const auto end = std::min(due, total_ + burst_limit);
        for (; total_ < end; ++total_) {
            frame_.target = vips_[total_ % vips_.size()];
            if (send(socket_, &frame_, sizeof frame_, 0) == sizeof frame_)
                ++counters_.sent;
        }
    }

    void receive()
    {
        ArpFrame frame{};
        while (recv(socket_, &frame, sizeof frame, 0) == sizeof frame) {
            if (!std::ranges::binary_search(vips_, frame.sender))
                continue;
            if (frame.target == frame.sender)
                ++counters_.gratuitous;
            else if (frame.operation == htons(2))
                ++counters_.reply;
            else
                ++counters_.request;
        }
    }

    void ask_for_counters(std::uint64_t after) { wanted_ = counters_.sent + after; }

    void answer()
    {
        if (!wanted_ || counters_.sent < *wanted_)
            return;
        wanted_.reset();
        print_counters();
    }

private:
    static constexpr std::uint64_t burst_limit = 512;

    void print_counters()
    {
        receive();
        tpacket_stats statistics{};
        socklen_t size = sizeof statistics;
        check(getsockopt(socket_, SOL_PACKET, PACKET_STATISTICS, &statistics, &size) == 0,
              "PACKET_STATISTICS");
        counters_.dropped = statistics.tp_drops;
        const std::chrono::duration<double> elapsed = Clock::now() - counters_.since;
        std::printf("sent=%ju reply=%ju request=%ju gratuitous=%ju dropped=%ju seconds=%.6f\n",
                    counters_.sent, counters_.reply, counters_.request, counters_.gratuitous,
                    counters_.dropped, elapsed.count());
        counters_ = {};
    }

    void prepare_frame(const std::string& device, std::uint32_t source)
    {
        ifreq request{};
        device.copy(request.ifr_name, IFNAMSIZ - 1);
        check(ioctl(socket_, SIOCGIFHWADDR, &request) == 0, device.c_str());
        frame_.destination.fill(0xff);
        std::memcpy(frame_.source.data(), request.ifr_hwaddr.sa_data, frame_.source.size());
        frame_.type = htons(ETH_P_ARP);
        frame_.hardware = htons(1);
        frame_.protocol = htons(ETH_P_IP);
        frame_.hardware_length = 6;
        frame_.protocol_length = 4;
        frame_.operation = htons(1);
        frame_.sender_hardware = frame_.source;
        frame_.sender = source;
    }

    int socket_;
    std::vector<std::uint32_t> vips_;
    double rate_;
    ArpFrame frame_{};
    Clock::time_point start_ = Clock::now();
    std::uint64_t total_{};
    Counters counters_;
    std::optional<std::uint64_t> wanted_;
};

} // namespace arpflood
