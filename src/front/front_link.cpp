#include "front/front_link.hpp"

#include "event/fd_store.hpp"
#include "front/understood.hpp"
#include "front/wire.hpp"
#include "model/errors.hpp"

#include <fcntl.h>
#include <sys/epoll.h>

#include <system_error>

namespace rs {

using namespace std::chrono_literals;

namespace {

// It gives a sign of life every second, but may be as slow as the host is.
constexpr auto longest_silence = 10s;

} // namespace

FrontLink::FrontLink(Loop& loop, UniqueFd socket, Control& control, Told told)
    : front_{std::move(socket)},
      room_{::fcntl(front_.fd(), F_DUPFD_CLOEXEC, 0)},
      control_{control},
      told_{std::move(told)},
      readable_{loop.on_readable(front_.fd(), [this] { receive(); })},
      writable_{loop.on_ready(room_.value(), EPOLLOUT, [this] { flush(); })},
      silence_{loop.timer([this] { miss(); })}
{
    writable_->disarm();
    silence_->arm(Clock::now() + longest_silence);
}

void FrontLink::configure(const Config& config)
{
    send(wire::Configured{config});
}

void FrontLink::publish(const NodeStatus& status)
{
    if (!unsent_.empty() && unsent_.back().status) {
        unsent_.pop_back();
    }
    send(wire::Published{status});
}

void FrontLink::emit(const Event& event)
{
    send(wire::Happened{event});
}

void FrontLink::open()
{
    send(wire::Open{});
}

void FrontLink::sync()
{
    ++unsynced_;
    send(wire::Sync{});
}

void FrontLink::finish()
{
    send(wire::Finish{});
}

void FrontLink::send(const wire::ToFront& message)
{
    if (lost_) {
        return;
    }
    unsent_.push_back({wire::encode(message), std::holds_alternative<wire::Published>(message)});
    flush();
}

void FrontLink::flush()
{
    try {
        while (!unsent_.empty() && front_.send_large(unsent_.front().bytes)) {
            unsent_.pop_front();
        }
    } catch (const std::system_error& error) {
        return lose(error.what());
    }
    unsent_.empty() ? writable_->disarm() : writable_->resume();
}

void FrontLink::miss()
{
    if (lost_) {
        told_.lost("lost the front process: " + *lost_);
    } else if (!receive()) { // it may have been this process that slept
        lose("it is silent");
    }
}

// Whoever is told may throw: not here, amid an order whose failures are answered, but from the
// loop.
void FrontLink::lose(const std::string& why)
{
    if (lost_) {
        return;
    }
    lost_ = why;
    readable_->disarm();
    writable_->disarm();
    unsent_.clear();
    silence_->arm(Clock::now());
}

// One message a turn: a front that talks without end holds up nothing else.
bool FrontLink::receive()
{
    wire::ToDaemon message;
    try {
        auto parcel = front_.receive(Channel::Wait::no);
        if (!parcel) {
            return false;
        }
        message = wire::understood(*parcel);
        came_along_ = std::move(parcel->fd);
    } catch (const std::exception& error) {
        lose(error.what());
        return false;
    }
    silence_->arm(Clock::now() + longest_silence);
    std::visit([this](const auto& each) { take_in(each); }, message);
    came_along_ = {};
    return true;
}

void FrontLink::answer(const std::function<std::uint32_t()>& order)
{
    using wire::Failure;
    wire::Answer answer;
    try {
        answer.number = order();
    } catch (const NoSuchRole& error) {
        answer = {Failure::no_such_role, error.what(), 0};
    } catch (const BadConfiguration& error) {
        answer = {Failure::bad_configuration, error.what(), 0};
    } catch (const std::exception& error) {
        answer = {Failure::other, error.what(), 0};
    }
    send(answer);
}

void FrontLink::order(const std::function<void()>& order)
{
    answer([&] {
        order();
        return 0;
    });
}

void FrontLink::take_in(const wire::AskDrain& message)
{
    order([&] { control_.drain(message.role, message.request); });
}

void FrontLink::take_in(const wire::AskUndrain& message)
{
    order([&] { control_.undrain(message.role); });
}

void FrontLink::take_in(const wire::AskReload& /*message*/)
{
    order([&] { control_.reload(); });
}

void FrontLink::take_in(const wire::AskConnections& message)
{
    answer([&] { return control_.connections(message.role); });
}

void FrontLink::take_in(const wire::AskLogLevel& message)
{
    order([&] { control_.set_log_level(message.level); });
}

void FrontLink::take_in(const wire::Polled& message) const
{
    told_.polled(message.poll);
}

void FrontLink::take_in(const wire::Pulse& message)
{
    if (message.problems != problems_) {
        problems_ = message.problems;
        told_.problems();
    }
}

void FrontLink::take_in(const wire::BusTried& /*message*/) const
{
    told_.bus_tried();
}

void FrontLink::take_in(const wire::Alone& /*message*/) const
{
    told_.alone();
}

void FrontLink::take_in(const wire::Synced& /*message*/)
{
    if (unsynced_ != 0 && --unsynced_ == 0) {
        told_.synced();
    }
}

void FrontLink::take_in(const wire::Store& message) const
{
    store_fd(message.name, came_along_.value());
}

void FrontLink::take_in(const wire::Unstore& message)
{
    remove_stored_fds(message.name);
}

} // namespace rs
