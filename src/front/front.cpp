#include "front/front.hpp"

#include "front/wire.hpp"
#include "logging.hpp"

#include <malloc.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace rs {

using namespace std::chrono_literals;

namespace {

constexpr auto pulse_period = 1s;
// For a number that is not needed: directors wait meanwhile.
constexpr auto patience_for_figures = 500ms;

// False: nothing came until `deadline`.
bool await(int socket, Clock::time_point deadline)
{
    pollfd awaited{socket, POLLIN, 0};
    while (true) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            std::max(deadline - Clock::now(), Clock::duration{}));
        const auto ready = ::poll(&awaited, 1, static_cast<int>(left.count()));
        if (ready >= 0) {
            return ready > 0;
        }
        if (errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "poll");
        }
    }
}

} // namespace

Front::Front(UniqueFd socket, BusKind bus)
    : daemon_{std::move(socket)},
      bus_kind_{bus},
      health_{loop_, *this, [this](const Poll& poll) { mention(wire::Polled{poll}); }},
      readable_{loop_.on_readable(daemon_.fd(), [this] { receive(); })},
      catch_up_{loop_.timer([this] { catch_up(); })},
      pulse_{loop_.timer([this] { pulse(); })}
{
    pulse();
}

void Front::run()
{
    loop_.run();
}

void Front::tell(const wire::ToDaemon& message, int fd) const
{
    daemon_.send(wire::encode(message), fd);
}

void Front::mention(const wire::ToDaemon& message) const
{
    static_cast<void>(daemon_.offer(wire::encode(message)));
}

std::optional<wire::Answer> Front::answer_by(Clock::time_point deadline)
{
    while (await(daemon_.fd(), deadline)) {
        auto message = wire::decode<wire::ToFront>(*daemon_.receive_large(Channel::Wait::yes));
        if (auto* answer = std::get_if<wire::Answer>(&message)) {
            return std::move(*answer);
        }
        heard_.push_back(std::move(message));
    }
    return std::nullopt;
}

// Asked while properties are being read: what else is heard meanwhile must not change them.
std::uint32_t Front::connections(const std::string& role)
{
    std::optional<wire::Answer> count;
    if (asked_.empty() && daemon_.offer(wire::encode(wire::ToDaemon{wire::AskConnections{role}}))) {
        count = answer_by(Clock::now() + patience_for_figures);
        if (!count) {
            asked_.emplace_back();
        }
    }
    if (!heard_.empty()) {
        catch_up_->arm(Clock::now());
    }
    if (!count) {
        throw std::runtime_error{"the daemon hangs, or is busy with an order"};
    }
    if (count->failure != wire::Failure::none) {
        throw std::runtime_error{count->text};
    }
    return count->number;
}

LogLevel Front::log_level() const
{
    return rs::log_level();
}

std::vector<StoredFd> Front::take()
{
    return take_stored_fds();
}

void Front::store(const std::string& name, int fd)
{
    tell(wire::Store{name}, fd);
}

void Front::remove(const std::string& name)
{
    tell(wire::Unstore{name});
}

void Front::receive()
{
    while (auto bytes = daemon_.receive_large(Channel::Wait::no)) {
        heard_.push_back(wire::decode<wire::ToFront>(*bytes));
    }
    catch_up();
}

void Front::catch_up()
{
    while (!heard_.empty()) {
        const auto message = std::move(heard_.front());
        heard_.pop_front();
        std::visit([this](const auto& each) { take_in(each); }, message);
    }
}

void Front::pulse()
{
    auto problems = health_.problems();
    if (bus_ && !bus_->problem().empty()) {
        problems.push_back("D-Bus: " + bus_->problem());
    }
    pass_on();
    mention(wire::Pulse{std::move(problems)});
    pulse_->arm(Clock::now() + pulse_period);
}

void Front::take_in(const wire::Configured& message)
{
    rs::set_log_level(message.config.node.log_level);
    health_.configure(message.config.node, message.config.roles);
}

void Front::take_in(const wire::Published& message)
{
    health_.publish(message.status);
    if (bus_) {
        bus_->publish(message.status);
        return;
    }
    Control& control = *this;
    bus_.emplace(loop_, control, bus_kind_, [this] { tell(wire::BusTried{}); });
    bus_->publish(message.status);
    ::malloc_trim(0); // what the start took is not needed again
}

void Front::take_in(const wire::Happened& message)
{
    if (bus_) {
        bus_->emit(message.event);
    }
}

void Front::take_in(const wire::Open& /*now*/)
{
    health_.open();
}

void Front::take_in(const wire::Finish& /*now*/)
{
    health_.finish([this] { tell(wire::Alone{}); });
}

void Front::take_in(const wire::Sync& /*now*/)
{
    tell(wire::Synced{});
}

} // namespace rs
