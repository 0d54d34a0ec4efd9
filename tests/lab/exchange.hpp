#pragma once
#include "util/unique_fd.hpp"

#include <netinet/in.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace lab {

using Clock = std::chrono::steady_clock;

enum class Kind : std::uint8_t { request, download };

// One HTTP request over a connection of its own, and what came of it. The body must be as long as
// the server said, and its byte number i must be i % 251.
class Exchange {
public:
    // Begins to connect from `source`, whose port may be 0. Throws std::system_error without a
    // socket at `source`.
    Exchange(Kind kind, const sockaddr_in& source, const sockaddr_in& server);

    [[nodiscard]] int descriptor() const { return socket_.value(); }

    [[nodiscard]] Kind kind() const { return kind_; }

    [[nodiscard]] bool over() const { return !outcome_.empty(); }

    [[nodiscard]] bool connected() const { return connected_; }

    void ready(); // something can be sent or received
    // To be called ten times a second. A request takes three seconds at most, and a download never
    // pauses for five; a time in which nobody calls, as the machine stands still, does not count.
    void tick();

    // "request 12.345678 12.351234 12.346000 0.005234 rs1 ok": begin and end in seconds of
    // CLOCK_MONOTONIC, begin and length of the longest time in which nothing came, who answered,
    // how it ended.
    [[nodiscard]] std::string record() const;

private:
    void end(std::string_view outcome) { outcome_ = outcome; }

    void end(int error);
    void came();
    void send_request();
    void receive();
    void accept(std::string_view data);
    void read_head();
    void check_body(std::string_view data);

    Kind kind_;
    rs::UniqueFd socket_;
    bool connected_{};
    Clock::time_point began_ = Clock::now();
    Clock::time_point last_came_ = began_;
    Clock::time_point pause_began_ = began_;
    Clock::duration pause_{}; // the longest so far
    int ticks_ = 0;           // of a download: since it last moved
    std::string head_;
    bool head_complete_{};
    std::string server_ = "-";
    std::size_t expected_{};
    std::size_t received_{};
    std::string outcome_;
};

} // namespace lab
