// Asks a health endpoint again and again, each time over a new connection, as directors do:
//
//   ask_health ADDRESS PORT PATH CONNECTIONS SECONDS
//
// CONNECTIONS at a time, one epoll loop. A request is timed from connect() to the end of the
// answer, and has failed unless that begins with "HTTP/1.1 200". Prints one line of NAME=VALUE
// words; times in microseconds.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <system_error>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

void check(bool good, const char* what)
{
    if (!good)
        throw std::system_error{errno, std::generic_category(), what};
}

struct Request {
    int socket = -1;
    bool sent{};
    std::string answer;
    Clock::time_point begun;
};

class Load {
public:
    Load(const sockaddr_in& target, const std::string& path, std::size_t connections)
        : target_{target},
          text_{"GET " + path + " HTTP/1.1\r\nHost: rs\r\nConnection: close\r\n\r\n"},
          requests_(connections)
    {
        check(epoll_ >= 0, "epoll");
    }

    void run(Clock::duration time)
    {
        const auto begin = Clock::now();
        for (std::size_t i = 0; i != requests_.size(); ++i)
            start(i);
        while (Clock::now() - begin < time) {
            std::array<epoll_event, 64> events{};
            const int count =
                epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 100);
            for (int i = 0; i < count; ++i)
                go_on(events[static_cast<std::size_t>(i)].data.u64);
        }
        print(std::chrono::duration<double>(Clock::now() - begin).count());
    }

private:
    void start(std::size_t index)
    {
        auto& request = requests_[index];
        request.socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        check(request.socket >= 0, "socket");
        request.sent = false;
        request.answer.clear();
        // The end is a reset: nobody runs out of ports.
        const linger none{1, 0};
        setsockopt(request.socket, SOL_SOCKET, SO_LINGER, &none, sizeof none);
        epoll_event event{};
        event.events = EPOLLIN | EPOLLOUT | EPOLLET;
        event.data.u64 = index;
        check(epoll_ctl(epoll_, EPOLL_CTL_ADD, request.socket, &event) == 0, "epoll_ctl");
        request.begun = Clock::now();
        const auto* address = reinterpret_cast<const sockaddr*>(&target_);
        check(connect(request.socket, address, sizeof target_) == 0 || errno == EINPROGRESS,
              "connect");
    }

    void go_on(std::size_t index)
    {
        auto& request = requests_[index];
        if (!request.sent)
            request.sent = send(request.socket, text_.data(), text_.size(), MSG_NOSIGNAL) ==
                           static_cast<ssize_t>(text_.size());
        std::array<char, 4096> block{};
        ssize_t size = 0;
        while ((size = recv(request.socket, block.data(), block.size(), 0)) > 0)
            request.answer.append(block.data(), static_cast<std::size_t>(size));
        if (size == 0 || errno != EAGAIN)
            end(index);
    }

    void end(std::size_t index)
    {
        auto& request = requests_[index];
        if (request.answer.rfind("HTTP/1.1 200", 0) == 0)
            times_.push_back(
                std::chrono::duration<double, std::micro>(Clock::now() - request.begun).count());
        else
            ++failed_;
        close(request.socket);
        start(index);
    }

    void print(double seconds)
    {
        std::sort(times_.begin(), times_.end());
        const auto at = [&](double share) {
            return times_.empty() ? 0.0
                                  : times_[static_cast<std::size_t>(
                                        share * static_cast<double>(times_.size() - 1))];
        };
        std::printf("requests=%zu failed=%zu seconds=%.3f median=%.1f p99=%.1f worst=%.1f\n",
                    times_.size(), failed_, seconds, at(0.5), at(0.99), at(1.0));
    }

    int epoll_ = epoll_create1(EPOLL_CLOEXEC);
    sockaddr_in target_;
    std::string text_;
    std::vector<Request> requests_;
    std::vector<double> times_;
    std::size_t failed_{};
};

} // namespace

int main(int argc, char** argv)
try {
    if (argc != 6) {
        std::fputs("usage: ask_health ADDRESS PORT PATH CONNECTIONS SECONDS\n", stderr);
        return 2;
    }
    sockaddr_in target{};
    target.sin_family = AF_INET;
    target.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[2])));
    check(inet_pton(AF_INET, argv[1], &target.sin_addr) == 1, argv[1]);
    Load load{target, argv[3], static_cast<std::size_t>(std::atol(argv[4]))};
    load.run(std::chrono::milliseconds{static_cast<long>(std::strtod(argv[5], nullptr) * 1000)});
    return 0;

} catch (const std::exception& error) {
    std::fprintf(stderr, "ask_health: %s\n", error.what());
    return 1;
}
