#include "checks/session.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace rs::checks {
namespace {

constexpr std::chrono::seconds alive_period{5};
constexpr int daemon_socket = STDIN_FILENO;

} // namespace

Session::Session(Loop& loop)
    : loop_{loop},
      surroundings_{loop},
      readable_{loop.on_readable(daemon_socket, [this] { receive(); })},
      alive_{loop.timer([this] {
          alive_->arm(Clock::now() + alive_period);
          send(Alive{});
      })}
{
    alive_->arm(Clock::now() + alive_period);
}

void Session::receive()
{
    std::array<char, 16384> bytes{};
    const auto got = ::recv(daemon_socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (got <= 0) {
        loop_.stop();
        return;
    }
    lines_.append({bytes.data(), static_cast<std::size_t>(got)});
    for (auto line = lines_.next(); line; line = lines_.next()) {
        auto command = decode_command(*line);
        if (!command) {
            throw std::runtime_error{"cannot understand: " + *line};
        }
        take(std::move(*command));
    }
    if (lines_.too_long()) {
        throw std::runtime_error{"a line without end"};
    }
}

void Session::take(Command command)
{
    if (auto* order = std::get_if<Order>(&command)) {
        orders_.insert_or_assign(order->id, std::move(*order));
    } else if (std::get<Complete>(command).orders == orders_.size()) {
        run_exactly(std::exchange(orders_, {}));
    } else {
        throw std::runtime_error{"orders are missing"};
    }
}

// An id stands for the same order for ever.
void Session::run_exactly(std::map<Id, Order> orders)
{
    std::erase_if(runners_, [&](const auto& pair) { return !orders.contains(pair.first); });
    for (const auto& [id, order] : orders) {
        if (!runners_.contains(id)) {
            runners_[id] = std::make_unique<Runner>(surroundings_, order,
                                                    [this](const Report& report) { send(report); });
        }
    }
}

// Waits while the daemon is busy: nobody else wants to know anything.
void Session::send(const Message& message)
{
    const auto line = encode(message);
    std::size_t sent = 0;
    while (sent != line.size()) {
        const auto more =
            ::send(daemon_socket, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
        if (more < 0 && errno != EINTR) {
            loop_.stop();
            return;
        }
        sent += more < 0 ? 0 : static_cast<std::size_t>(more);
    }
}

} // namespace rs::checks
