#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <string>
#include <system_error>
#include <vector>

// What healthflood.cpp says, by one epoll loop.
namespace healthflood {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

enum class Mode { slow, flood, mute };

inline void check(bool good, const char* what)
{
    if (!good)
        throw std::system_error{errno, std::generic_category(), what};
}

struct Client {
    int socket = -1;
    bool connected{};
    std::size_t sent{};
    bool answered{};
    Clock::time_point due; // give up, or the next byte
};

struct Counters {
    unsigned long connected{};
    unsigned long answered{};
    unsigned long closed{}; // without an answer
    unsigned long given_up{};
};

inline sockaddr_in to_address(const std::string& text, int port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    check(inet_pton(AF_INET, text.c_str(), &address.sin_addr) == 1, text.c_str());
    return address;
}

class Crowd {
public:
    Crowd(Mode mode, const sockaddr_in& target, std::size_t count, std::vector<sockaddr_in> sources)
        : mode_{mode}, target_{target}, sources_{std::move(sources)}, clients_(count)
    {
        check(epoll_ >= 0, "epoll");
        add_standard_input();
    }

    void run()
    {
        std::puts("ready");
        while (!ended_) {
            std::array<epoll_event, 256> events{};
            const int count =
                epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_);
            for (int i = 0; i < count; ++i)
                dispatch(events[static_cast<std::size_t>(i)]);
            sweep();
        }
    }

private:
    static constexpr std::uint64_t standard_input = ~std::uint64_t{};

    void add_standard_input()
    {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = standard_input;
        check(epoll_ctl(epoll_, EPOLL_CTL_ADD, STDIN_FILENO, &event) == 0, "epoll_ctl");
    }

    void dispatch(const epoll_event& event)
    {
        if (event.data.u64 == standard_input)
            obey();
        else
            serve(clients_[event.data.u64]);
    }

    void obey()
    {
        std::array<char, 256> text{};
        const auto size = read(STDIN_FILENO, text.data(), text.size());
        ended_ = size <= 0;
        for (auto i = 0; i < size; ++i)
            if (text[static_cast<std::size_t>(i)] == '\n')
                std::printf("connected=%lu answered=%lu closed=%lu given_up=%lu\n",
                            counters_.connected, counters_.answered, counters_.closed,
                            counters_.given_up),
                    counters_ = {};
    }

    // Starts what is not connected, and gives up or goes on with what is due.
    void sweep()
    {
        const auto now = Clock::now();
        if (now < next_sweep_)
            return;
        next_sweep_ = now + 5ms;
        for (std::size_t i = 0; i != clients_.size(); ++i) {
            auto& client = clients_[i];
            if (client.socket < 0 && client.due <= now)
                start(i, now);
            else if (client.socket >= 0 && client.due <= now)
                due(client, now);
        }
    }

    void due(Client& client, Clock::time_point now)
    {
        if (!client.connected) {
            ++counters_.given_up;
            end(client);
        } else if (mode_ == Mode::slow) {
            static const std::string text =
                "GET /health HTTP/1.1\r\nX-Slow: " + std::string(4096, 'x');
            send(client.socket, text.data() + client.sent++ % text.size(), 1, MSG_NOSIGNAL);
            client.due = now + 100ms;
        }
    }

    void start(std::size_t index, Clock::time_point now)
    {
        auto& client = clients_[index];
        client = {};
        client.socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (client.socket < 0)
            return;
        const auto& source = sources_[turn_++ % sources_.size()];
        const int yes = 1;
        setsockopt(client.socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
        // Nobody takes more of the answer than this.
        const int little = 4096;
        if (mode_ == Mode::mute)
            setsockopt(client.socket, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
        // The end is a reset, so that the flood does not run out of ports.
        const linger none{1, 0};
        setsockopt(client.socket, SOL_SOCKET, SO_LINGER, &none, sizeof none);
        check(bind(client.socket, reinterpret_cast<const sockaddr*>(&source), sizeof source) == 0,
              "bind");
        epoll_event event{};
        event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
        event.data.u64 = index;
        check(epoll_ctl(epoll_, EPOLL_CTL_ADD, client.socket, &event) == 0, "epoll_ctl");
        client.due = now + 50ms;
        if (connect(client.socket, reinterpret_cast<const sockaddr*>(&target_), sizeof target_) !=
                0 &&
            errno != EINPROGRESS)
            end(client);
    }

    void serve(Client& client)
    {
        if (client.socket < 0)
            return;
        if (!client.connected && !begin(client))
            return;
        if (mode_ == Mode::mute) {
            if (state(client) != TCP_ESTABLISHED) {
                ++counters_.closed;
                end(client);
            }
            return;
        }
        std::array<char, 4096> answer{};
        ssize_t size = 0;
        while ((size = recv(client.socket, answer.data(), answer.size(), 0)) > 0)
            client.answered = true;
        if (size == 0 || errno != EAGAIN) {
            ++(client.answered ? counters_.answered : counters_.closed);
            const auto index = static_cast<std::size_t>(&client - clients_.data());
            end(client);
            if (mode_ == Mode::flood)
                start(index, Clock::now());
        }
    }

    static int state(const Client& client)
    {
        tcp_info info{};
        socklen_t size = sizeof info;
        getsockopt(client.socket, IPPROTO_TCP, TCP_INFO, &info, &size);
        return info.tcpi_state;
    }

    // False if it failed, or is not there yet.
    bool begin(Client& client)
    {
        int error{};
        socklen_t size = sizeof error;
        getsockopt(client.socket, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) {
            ++counters_.closed;
            end(client);
            return false;
        }
        if (state(client) == TCP_SYN_SENT)
            return false;
        client.connected = true;
        client.due = Clock::now();
        ++counters_.connected;
        const std::string request = mode_ == Mode::mute ? "GET /status HTTP/1.1\r\nHost: x\r\n\r\n"
                                                        : "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
        if (mode_ != Mode::slow)
            send(client.socket, request.data(), request.size(), MSG_NOSIGNAL);
        return true;
    }

    void end(Client& client)
    {
        close(client.socket);
        client.socket = -1;
        client.due = Clock::now() + (mode_ == Mode::flood ? 0ms : 200ms);
    }

    int epoll_ = epoll_create1(EPOLL_CLOEXEC);
    Mode mode_;
    sockaddr_in target_;
    std::vector<sockaddr_in> sources_;
    std::vector<Client> clients_;
    int wait_ = 5; // ms
    bool ended_{};
    std::size_t turn_{};
    Clock::time_point next_sweep_;
    Counters counters_;
};

} // namespace healthflood
