// Floods who-has requests for a VIP from one device and counts every ARP frame that names the VIP
// as its sender: one is enough to draw the traffic of a neighbour away from the director.
//
//   arpflood DEVICE VIP[,VIP...] SOURCE RATE
//
// RATE is in requests a second, for one VIP after the other; SOURCE is an address of DEVICE.
// It says "ready" and floods until standard input ends. A line "count N" there prints the counters
// since they were last printed, once N more requests are sent. The kernel hands over what ARP
// frames arrive, and "dropped" tells of those it could not hand over, so a zero is a zero.
#include "arp_flood.hpp"

#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>

#include <cstdlib>
#include <sstream>
#include <stdexcept>

using namespace arpflood;

namespace {

// False at the end of standard input.
bool obey(Flood& flood)
{
    std::array<char, 256> text{};
    const auto size = read(STDIN_FILENO, text.data(), text.size() - 1);
    if (size <= 0)
        return false;
    std::uint64_t after{};
    if (std::sscanf(text.data(), "count %ju", &after) != 1)
        throw std::invalid_argument{"only \"count N\" is understood"};
    flood.ask_for_counters(after);
    return true;
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
        flood.answer();
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
