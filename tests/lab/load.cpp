// Loads a web server behind a VIP, with a new connection for each request, and writes down every
// one.
//
//   load VIP PORT RATE LEAST DOWNLOADS RECORDS PORTS SOURCE...
//
// RATE short requests a second whether or not earlier ones have been answered, and DOWNLOADS long
// ones all the time. Begins at once, says "ready", and goes on until standard input has ended and
// LEAST requests have begun; then lets what is open come to its end and exits. RECORDS gets a line
// for each, see exchange.hpp. The SOURCEs, addresses of this host, take turns, with PORTS ports
// each: which port comes again and when matters, because IPVS knows a connection for two minutes
// after its end.
#include "exchange.hpp"

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace {

using namespace lab;
using namespace std::chrono_literals;

constexpr std::size_t most_requests_open = 500;
constexpr std::size_t first_port = 10000;

class Load {
public:
    Load(const sockaddr_in& server, std::vector<sockaddr_in> sources, std::size_t ports,
         double rate, std::size_t least, std::size_t downloads, const char* records)
        : server_{server},
          sources_{std::move(sources)},
          ports_{ports},
          interval_{1.0 / rate},
          least_{least},
          downloads_{downloads},
          records_{records},
          epoll_{::epoll_create1(EPOLL_CLOEXEC)}
    {
        watch(STDIN_FILENO, EPOLLIN, nullptr);
    }

    void run()
    {
        auto next_tick = Clock::now();
        while (!ending() || !open_.empty()) {
            begin_what_is_due();
            wait();
            if (const auto now = Clock::now(); now >= next_tick) {
                std::ranges::for_each(open_, [&](auto& each) { each->tick(); });
                next_tick = now + 100ms;
            }
            forget_what_is_over();
        }
    }

private:
    [[nodiscard]] bool ending() const { return told_to_end_ && requests_ >= least_; }

    [[nodiscard]] std::size_t count(Kind kind) const
    {
        return static_cast<std::size_t>(
            std::ranges::count_if(open_, [&](auto& each) { return each->kind() == kind; }));
    }

    void begin_what_is_due()
    {
        if (ending()) {
            return;
        }
        for (auto missing = downloads_ - count(Kind::download); missing > 0; --missing) {
            begin(Kind::download);
        }
        for (const auto now = Clock::now(); due_ <= now;) {
            due_ += std::chrono::duration_cast<Clock::duration>(interval_);
            if (open_.size() < most_requests_open) {
                begin(Kind::request);
                ++requests_;
            }
        }
    }

    void begin(Kind kind)
    {
        auto source = sources_[turn_ % sources_.size()];
        const auto port = first_port + turn_ / sources_.size() % ports_;
        source.sin_port = htons(static_cast<std::uint16_t>(port));
        ++turn_;
        auto& exchange = open_.emplace_back(std::make_unique<Exchange>(kind, source, server_));
        watch(exchange->descriptor(), EPOLLOUT, exchange.get());
    }

    void watch(int descriptor, std::uint32_t events, Exchange* exchange)
    {
        epoll_event event{.events = events, .data = {.ptr = exchange}};
        const int operation =
            exchange != nullptr && exchange->connected() ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
        if (::epoll_ctl(epoll_.value(), operation, descriptor, &event) != 0) {
            throw std::system_error{errno, std::generic_category(), "epoll_ctl"};
        }
    }

    void wait()
    {
        const auto pause = std::chrono::ceil<std::chrono::milliseconds>(due_ - Clock::now());
        const int timeout = ending() ? 100 : std::clamp(static_cast<int>(pause.count()), 0, 100);
        std::array<epoll_event, 64> events{};
        const auto number =
            ::epoll_wait(epoll_.value(), events.data(), static_cast<int>(events.size()), timeout);
        for (auto* event = events.data(); event < events.data() + std::max(number, 0); ++event) {
            if (auto* exchange = static_cast<Exchange*>(event->data.ptr); exchange != nullptr) {
                proceed(*exchange);
            } else {
                told_to_end_ = true;
                ::epoll_ctl(epoll_.value(), EPOLL_CTL_DEL, STDIN_FILENO, nullptr);
            }
        }
    }

    void proceed(Exchange& exchange)
    {
        const bool was_connected = exchange.connected();
        exchange.ready();
        if (!was_connected && exchange.connected()) {
            watch(exchange.descriptor(), EPOLLIN, &exchange);
        }
    }

    void forget_what_is_over()
    {
        std::erase_if(open_, [&](const auto& each) {
            if (each->over()) {
                records_ << each->record();
            }
            return each->over();
        });
    }

    sockaddr_in server_;
    std::vector<sockaddr_in> sources_;
    std::size_t ports_;
    std::size_t turn_ = 0;
    std::chrono::duration<double> interval_;
    std::size_t least_;
    std::size_t requests_ = 0;
    std::size_t downloads_;
    std::ofstream records_;
    rs::UniqueFd epoll_;
    std::vector<std::unique_ptr<Exchange>> open_;
    Clock::time_point due_ = Clock::now();
    bool told_to_end_ = false;
};

std::size_t number(const char* text)
{
    return std::strtoul(text, nullptr, 10);
}

sockaddr_in endpoint(const char* address, const char* port)
{
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(static_cast<std::uint16_t>(number(port)));
    if (::inet_pton(AF_INET, address, &place.sin_addr) != 1) {
        throw std::invalid_argument{std::string{address} + ": not an IPv4 address"};
    }
    return place;
}

void run(const std::vector<const char*>& words)
{
    std::vector<sockaddr_in> sources;
    std::transform(words.begin() + 7, words.end(), std::back_inserter(sources),
                   [](const char* address) { return endpoint(address, "0"); });
    Load load{endpoint(words[0], words[1]),
              std::move(sources),
              number(words[6]),
              static_cast<double>(number(words[2])),
              number(words[3]),
              number(words[4]),
              words[5]};
    std::puts("ready");
    std::fflush(stdout);
    load.run();
}

} // namespace

int main(int argc, char* argv[])
{
    if (argc < 9) {
        std::fputs("usage: load VIP PORT RATE LEAST DOWNLOADS RECORDS PORTS SOURCE...\n", stderr);
        return 2;
    }
    try {
        run({argv + 1, argv + argc});
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "load: %s\n", error.what());
        return EXIT_FAILURE;
    }
}
