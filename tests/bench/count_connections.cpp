// Counts the connections of a role as the daemon does, many times over.
//   count_connections VIP PORT REPETITIONS
// prints the figure, then the seconds of each call.
#include "kernel/sock_diag.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv)
{
    const auto vip = argc == 4 ? rs::parse_address(argv[1]) : std::nullopt;
    if (!vip) {
        std::fputs("usage: count_connections VIP PORT REPETITIONS\n", stderr);
        return 2;
    }
    const auto port = static_cast<rs::Port>(std::atoi(argv[2]));
    const rs::ConnectionFilter filter{{rs::host_prefix(*vip)}, {{port, rs::Protocol::tcp}}};
    rs::SockDiag connections;
    std::printf("%u\n", connections.count(filter));
    for (int i = std::atoi(argv[3]); i != 0; --i) {
        const auto begin = std::chrono::steady_clock::now();
        static_cast<void>(connections.count(filter));
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        std::printf("%.9f\n", took.count());
    }
}
