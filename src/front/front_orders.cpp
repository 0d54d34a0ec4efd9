#include "front/front.hpp"
#include "front/wire.hpp"
#include "logging.hpp"
#include "model/errors.hpp"

#include <stdexcept>

// What callers on the bus order, and the daemon carries out.
namespace rs {
namespace {

// Nothing: it is in force.
std::exception_ptr failure_in(const wire::Answer& answer, const std::string& role)
{
    switch (answer.failure) {
    case wire::Failure::none:
        return nullptr;
    case wire::Failure::no_such_role:
        return std::make_exception_ptr(NoSuchRole{role});
    case wire::Failure::bad_configuration:
        return std::make_exception_ptr(BadConfiguration{answer.text});
    case wire::Failure::other:
        break;
    }
    return std::make_exception_ptr(std::runtime_error{answer.text});
}

} // namespace

// Never waits: the daemon may take long over an order, or hang, and directors want their answers.
void Front::order(const wire::ToDaemon& question, const std::string& role)
{
    asked_.push_back({role, wire::encode(question), {}});
    pass_on();
}

void Front::pass_on()
{
    for (auto& each : asked_) {
        if (!each.unsent.empty() && !daemon_.offer(each.unsent)) {
            return; // the next pulse tries again
        }
        each.unsent.clear();
    }
}

void Front::when_done(const Done& done)
{
    asked_.back().done = done;
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

void Front::set_log_level(LogLevel level)
{
    rs::set_log_level(level);
    // Setting a property is answered at once: the daemon follows with the next it hears.
    order(wire::AskLogLevel{level}, "");
}

// What the order changed was published, and taken in, before.
void Front::take_in(const wire::Answer& message)
{
    if (asked_.empty()) {
        throw wire::Malformed{"an answer to nothing"};
    }
    const auto asked = std::move(asked_.front());
    asked_.pop_front();
    if (asked.done) {
        asked.done(failure_in(message, asked.role));
    }
}

} // namespace rs
