#include "health/sockets.hpp"

#include <linux/filter.h>

#include <array>

// Which of the two sockets of an endpoint a connection comes to: SO_ATTACH_REUSEPORT_CBPF,
// socket(7); its program returns the number of the socket in the order they began to listen.
namespace rs {
namespace {

constexpr std::uint32_t to_directors = 0;
constexpr std::uint32_t to_others = 1;

// Offsets of the source address in the network header; such headers are reached below zero.
constexpr int ipv4_source = 12;
constexpr int ipv6_source = 8;

sock_filter load_word(int offset)
{
    return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(SKF_NET_OFF + offset)};
}

// Goes on with the next instruction if the word is `value`, else skips `others` of them.
sock_filter expect(std::uint32_t value, std::uint8_t others)
{
    return {BPF_JMP | BPF_JEQ | BPF_K, 0, others, value};
}

sock_filter send(std::uint32_t socket)
{
    return {BPF_RET | BPF_K, 0, 0, socket};
}

std::uint32_t word(const Address& address, std::size_t index)
{
    std::uint32_t value = 0;
    for (std::size_t i = 0; i != 4; ++i) {
        value = value << 8 | address.bytes.at(4 * index + i);
    }
    return value;
}

void append_ipv4(std::vector<sock_filter>& program, const Address& director)
{
    program.insert(program.end(), {expect(word(director, 0), 1), send(to_directors)});
}

void append_ipv6(std::vector<sock_filter>& program, const Address& director)
{
    for (std::uint8_t i = 0; i != 4; ++i) {
        const auto rest = static_cast<std::uint8_t>(2 * (3 - i) + 1);
        program.insert(program.end(),
                       {load_word(ipv6_source + 4 * i), expect(word(director, i), rest)});
    }
    program.push_back(send(to_directors));
}

std::vector<sock_filter> program_for(Family family, const std::set<Address>& directors)
{
    // With more directors than fit, the last ones share the queue of the others.
    constexpr std::size_t longest = BPF_MAXINSNS - 16;
    std::vector<sock_filter> program;
    if (family == Family::ipv4) {
        program.push_back(load_word(ipv4_source));
    }
    for (const auto& director : directors) {
        if (director.family == family && program.size() < longest) {
            family == Family::ipv4 ? append_ipv4(program, director)
                                   : append_ipv6(program, director);
        }
    }
    program.push_back(send(to_others));
    return program;
}

} // namespace

bool steer(const ListeningPair& pair, Family family, const std::set<Address>& directors)
{
    auto program = program_for(family, directors);
    const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
    return ::setsockopt(pair.others.value(), SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &filter,
                        sizeof filter) == 0;
}

} // namespace rs
