#include "front/understood.hpp"

#include "front/wire.hpp"

#include <algorithm>

namespace rs::wire {
namespace {

using namespace std::chrono_literals;

void refuse_nonsense(const AskDrain& order)
{
    const auto& timeout = order.request.timeout;
    if (timeout && (*timeout < 0s || *timeout > DrainRequest::longest_timeout)) {
        throw Malformed{"a timeout beyond all bounds"};
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
        throw Malformed{"a name that no descriptor has"};
    }
}

void refuse_nonsense(const Store& store)
{
    refuse_nonsense(store.name);
}

void refuse_nonsense(const Unstore& unstore)
{
    refuse_nonsense(unstore.name);
}

template <typename Message>
void refuse_nonsense(const Message& /*makes sense*/)
{}

} // namespace

ToDaemon understood(const Parcel& parcel)
{
    auto message = decode<ToDaemon>(parcel.bytes);
    std::visit([](const auto& each) { refuse_nonsense(each); }, message);
    if (std::holds_alternative<Store>(message) != static_cast<bool>(parcel.fd)) {
        throw Malformed{"a descriptor that is missing, or that nobody asked for"};
    }
    return message;
}

} // namespace rs::wire
