#include "front/front.hpp"

#include "front/wire.hpp"
#include "logging.hpp"
#include "model/errors.hpp"

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

// False: nothing came until `deadline`; none waits without limit.
bool await(int socket, std::optional<Clock::time_point> deadline)
{
    pollfd awaited{socket, POLLIN, 0};
    while (true) {
        const auto left = deadline ? std::chrono::ceil<std::chrono::milliseconds>(
                                         std::max(*deadline - Clock::now(), Clock::duration{}))
                                   : -1ms;
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

std::optional<wire::Answer> Front::hear(std::string_view bytes)
{
    auto message = wire::decode<wire::ToFront>(bytes);
    auto* answer = std::get_if<wire::Answer>(&message);
    if (answer == nullptr) {
        heard_.push_back(std::move(message));
    } else if (late_ != 0) {
        --late_;
    } else {
        return std::move(*answer);
    }
    return std::nullopt;
}

std::optional<wire::Answer> Front::answer(std::optional<std::chrono::milliseconds> patience)
{
    const auto deadline = patience ? std::optional{Clock::now() + *patience} : std::nullopt;
    while (await(daemon_.fd(), deadline)) {
        if (auto answer = hear(*daemon_.receive_large(Channel::Wait::yes))) {
            return answer;
        }
    }
    ++late_;
    return std::nullopt;
}

// The outcome is in force, and published, when this returns.
void Front::order(const wire::ToDaemon& question, const std::string& role)
{
    tell(question);
    const auto outcome = answer(std::nullopt).value();
    catch_up();
    switch (outcome.failure) {
    case wire::Failure::none:
        return;
    case wire::Failure::no_such_role:
        throw NoSuchRole{role};
    case wire::Failure::bad_configuration:
        throw BadConfiguration{outcome.text};
    case wire::Failure::other:
        throw std::runtime_error{outcome.text};
    }
}

void Front::drain(const std::string& role, const DrainRequest& request)
{
    order(wire::AskDrain{role, request}, role);
}

void Front::undrain(const std::string& role)
{
    order(wire::AskUndrain{role}, role);
}

void Front::reload()
{
    order(wire::AskReload{}, "");
}

// Asked while properties are being read: what else is heard meanwhile must not change them.
std::uint32_t Front::connections(const std::string& role)
{
    std::optional<wire::Answer> count;
    if (late_ == 0 && daemon_.offer(wire::encode(wire::ToDaemon{wire::AskConnections{role}}))) {
        count = answer(patience_for_figures);
    }
    if (!heard_.empty()) {
        catch_up_->arm(Clock::now());
    }
    if (!count) {
        throw std::runtime_error{"the daemon hangs"};
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

void Front::set_log_level(LogLevel level)
{
    rs::set_log_level(level);
    order(wire::AskLogLevel{level}, "");
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
        if (hear(*bytes)) {
            throw wire::Malformed{"an answer to nothing"};
        }
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
