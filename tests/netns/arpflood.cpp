// Floods who-has requests for a VIP from one device and counts every ARP frame that names the VIP
// as its sender: one is enough to draw the traffic of a neighbour away from the director.
//
//   arpflood DEVICE VIP[,VIP...] SOURCE RATE
//
// RATE is in requests a second, for one VIP after the other; SOURCE is an address of DEVICE.
// It says "ready" and floods until standard input ends. A line "count" there prints the counters
// since the line before. The kernel hands over what ARP frames arrive, and "dropped" tells of those
// it could not hand over, so a zero is a zero.
#include <linux/if_packet.h>

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace {

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

void check(bool good, const char* what)
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

private:
    static constexpr std::uint64_t burst_limit = 512;

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
};

// False at the end of standard input.
bool obey(Flood& flood)
{
    std::array<char, 256> text{};
    const auto size = read(STDIN_FILENO, text.data(), text.size());
    for (auto i = 0; i < size; ++i)
        if (text[static_cast<std::size_t>(i)] == '\n')
            flood.print_counters();
    return size > 0;
}

std::uint32_t address(const char* text)
{
    in_addr result{};
    if (inet_pton(AF_INET, text, &result) != 1)
        throw std::invalid_argument{std::string{text} + " is not an IPv4 address"};
    return result.s_addr;
}

std::vector<std::uint32_t> addresses(const std::string& text)
{
    std::vector<std::uint32_t> found;
    std::istringstream words{text};
    for (std::string word; std::getline(words, word, ',');)
        found.push_back(address(word.c_str()));
    return found;
}

void run(Flood& flood)
{
    // A wake-up every 20 microseconds, not the 50 more that the kernel grants itself, and before
    // everybody else: a pause of milliseconds could be the very window that must be seen.
    prctl(PR_SET_TIMERSLACK, 1000);
    const sched_param lowest_real_time{1};
    if (sched_setscheduler(0, SCHED_FIFO, &lowest_real_time) != 0)
        std::fputs("arpflood: no real-time priority, on a busy host the flood has gaps\n", stderr);
    std::puts("ready");
    pollfd commands{STDIN_FILENO, POLLIN, 0};
    for (;;) {
        flood.send_due();
        flood.receive();
        const timespec pause{0, 20'000};
        if (ppoll(&commands, 1, &pause, nullptr) > 0 && !obey(flood))
            return;
    }
}

} // namespace

int main(int argc, char** argv)
try {
    if (argc != 5) {
        std::fputs("usage: arpflood DEVICE VIP[,VIP...] SOURCE RATE\n", stderr);
        return 2;
    }
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    Flood flood{argv[1], addresses(argv[2]), address(argv[3]), std::strtod(argv[4], nullptr)};
    run(flood);
    return 0;

} catch (const std::exception& error) {
    std::fprintf(stderr, "arpflood: %s\n", error.what());
    return 1;
}
