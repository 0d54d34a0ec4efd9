#include "front/front_link.hpp"

#include "event/fd_store.hpp"
#include "front/wire.hpp"
#include "model/errors.hpp"

#include <fcntl.h>
#include <sys/epoll.h>

#include <algorithm>
#include <system_error>

namespace rs {

using namespace std::chrono_literals;

namespace {

// It gives a sign of life every second, but may be as slow as the host is.
constexpr auto longest_silence = 10s;

// What no front of ours says, though it can be read.

void refuse_nonsense(const wire::AskDrain& order)
{
    const auto& timeout = order.request.timeout;
    if (timeout && (*timeout < 0s || *timeout > DrainRequest::longest_timeout)) {
        throw wire::Malformed{"a timeout beyond all bounds"};
    }
}

// Names of FDNAME= in sd_pid_notify_with_fds(3): a line end in one would begin another message to
// the service manager.
void refuse_nonsense(const std::string& name)
{
    const auto is_allowed = [](char letter) {
        return letter > ' ' && letter < '\x7f' && letter != ':';
    };
    if (name.empty() || name.size() > 255 || !std::ranges::all_of(name, is_allowed)) {
        throw wire::Malformed{"a name that no descriptor has"};
    }
}

void refuse_nonsense(const wire::Store& store)
{
    refuse_nonsense(store.name);
}

void refuse_nonsense(const wire::Unstore& unstore)
{
    refuse_nonsense(unstore.name);
}

template <typename Message>
void refuse_nonsense(const Message& /*makes sense*/)
{}

wire::ToDaemon understood(const Parcel& parcel)
{
    auto message = wire::decode<wire::ToDaemon>(parcel.bytes);
    std::visit([](const auto& each) { refuse_nonsense(each); }, message);
    if (std::holds_alternative<wire::Store>(message) != static_cast<bool>(parcel.fd)) {
        throw wire::Malformed{"a descriptor that is missing, or that nobody asked for"};
    }
    return message;
}

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
    readable_->prioritize(behind_the_kernel);
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

// It may have been this process that slept.
void FrontLink::miss()
{
    if (!receive()) {
        lose("it is silent");
    }
}

void FrontLink::lose(const std::string& why)
{
    if (std::exchange(lost_, true)) {
        return;
    }
    for (const auto* watch : {&readable_, &writable_, &silence_}) {
        (*watch)->disarm();
    }
    unsent_.clear();
    told_.lost("lost the front process: " + why);
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
        message = understood(*parcel);
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

void FrontLink::take_in(const wire::Store& message) const
{
    store_fd(message.name, came_along_.value());
}

void FrontLink::take_in(const wire::Unstore& message)
{
    remove_stored_fds(message.name);
}

} // namespace rs
