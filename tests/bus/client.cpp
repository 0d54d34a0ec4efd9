#include "client.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <system_error>

namespace rs::test {
namespace {

void check(int result, const char* what)
{
    if (result < 0) {
        throw std::system_error(-result, std::generic_category(), what);
    }
}

std::vector<std::string> items(sd_bus_message* message);

std::string basic_text(sd_bus_message* message, char type)
{
    if (type == 's' || type == 'o' || type == 'g') {
        const char* text{};
        check(sd_bus_message_read_basic(message, type, &text), "read");
        return '"' + std::string{text} + '"';
    }

    // Every other basic type fits; little-endian or not, what is not written stays 0.
    union {
        int boolean;
        std::uint32_t number;
        std::uint64_t long_number;
    } value{.long_number = 0};

    check(sd_bus_message_read_basic(message, type, &value), "read");
    if (type == 'b') {
        return value.boolean != 0 ? "true" : "false";
    }
    return type == 't' ? std::to_string(value.long_number) : std::to_string(value.number);
}

std::string joined(const std::vector<std::string>& items, const char* between)
{
    std::string text;
    for (const auto& item : items) {
        text += text.empty() ? "" : between;
        text += item;
    }
    return text;
}

std::string container_text(sd_bus_message* message, char type, const char* contents)
{
    check(sd_bus_message_enter_container(message, type, contents), "enter");
    auto inside = items(message);
    check(sd_bus_message_exit_container(message), "exit");
    switch (type) {
    case 'a':
        if (*contents == '{') {
            std::ranges::sort(inside);
            return '{' + joined(inside, ", ") + '}';
        }
        return '[' + joined(inside, ", ") + ']';
    case 'r':
        return '(' + joined(inside, ", ") + ')';
    default:
        return joined(inside, ": ");
    }
}

std::vector<std::string> items(sd_bus_message* message)
{
    std::vector<std::string> texts;
    char type{};
    const char* contents{};
    while (sd_bus_message_peek_type(message, &type, &contents) > 0) {
        const std::string inner = contents != nullptr ? contents : "";
        texts.push_back(inner.empty() && type != 'v'
                            ? basic_text(message, type)
                            : container_text(message, type, inner.c_str()));
    }
    return texts;
}

} // namespace

std::string body_text(sd_bus_message* message)
{
    check(sd_bus_message_rewind(message, 1), "rewind");
    return joined(items(message), ", ");
}

bool until(Loop& loop, const std::function<bool()>& done)
{
    const auto deadline = Clock::now() + std::chrono::seconds{15};
    while (!done()) {
        if (Clock::now() > deadline || sd_event_get_state(loop.native()) == SD_EVENT_FINISHED) {
            return false;
        }
        check(sd_event_run(loop.native(), 100'000), "sd_event_run");
    }
    return true;
}

Client::Client(Loop& loop, const std::string& address, Options options) : loop_{loop}
{
    sd_bus* bus{};
    check(sd_bus_new(&bus), "sd_bus_new");
    bus_.reset(bus);
    check(sd_bus_set_address(bus, address.c_str()), "sd_bus_set_address");
    check(sd_bus_set_bus_client(bus, 1), "sd_bus_set_bus_client");
    check(sd_bus_set_allow_interactive_authorization(bus, options.interactive ? 1 : 0), "flags");
    // The daemon sees who we are when the socket connects.
    if (options.user && seteuid(*options.user) != 0) {
        throw std::runtime_error("seteuid");
    }
    const int started = sd_bus_start(bus);
    if (options.user && seteuid(0) != 0) {
        throw std::runtime_error("seteuid");
    }
    check(started, "sd_bus_start");
    check(sd_bus_attach_event(bus, loop.native(), SD_EVENT_PRIORITY_NORMAL), "attach");
}

Handle<sd_bus_message, sd_bus_message_unref> Client::new_call(const std::string& path,
                                                              const std::string& interface,
                                                              const std::string& member,
                                                              const char* destination)
{
    sd_bus_message* message{};
    check(sd_bus_message_new_method_call(bus_.get(), &message, destination, path.c_str(),
                                         interface.empty() ? nullptr : interface.c_str(),
                                         member.c_str()),
          "sd_bus_message_new_method_call");
    return Handle<sd_bus_message, sd_bus_message_unref>{message};
}

void Client::send(const Handle<sd_bus_message, sd_bus_message_unref>& message, Answer& answer,
                  bool& answered)
{
    struct Target {
        Answer* answer;
        bool* answered;
    };

    auto target = std::make_unique<Target>(Target{&answer, &answered});
    sd_bus_slot* slot{};
    check(sd_bus_call_async(
              bus_.get(), &slot, message.get(),
              [](sd_bus_message* reply, void* data, sd_bus_error*) {
                  const auto& caller = *static_cast<Target*>(data);
                  if (const auto* const error = sd_bus_message_get_error(reply)) {
                      caller.answer->error = error->name;
                      caller.answer->message = error->message != nullptr ? error->message : "";
                  } else {
                      caller.answer->body = body_text(reply);
                  }
                  *caller.answered = true;
                  return 0;
              },
              target.get(), 0),
          "sd_bus_call_async");
    check(sd_bus_slot_set_destroy_callback(slot,
                                           [](void* data) { delete static_cast<Target*>(data); }),
          "sd_bus_slot_set_destroy_callback");
    static_cast<void>(target.release());
    check(sd_bus_slot_set_floating(slot, 1), "sd_bus_slot_set_floating");
    sd_bus_slot_unref(slot);
}

Answer Client::call(const Handle<sd_bus_message, sd_bus_message_unref>& message)
{
    Answer answer;
    bool answered{};
    send(message, answer, answered);
    if (!until(loop_, [&] { return answered; })) {
        throw std::runtime_error("no answer");
    }
    return answer;
}

Answer Client::property(const std::string& path, const std::string& interface,
                        const std::string& name)
{
    return call(path, "org.freedesktop.DBus.Properties", "Get", "ss", interface.c_str(),
                name.c_str());
}

void Client::listen()
{
    check(sd_bus_add_match(
              bus_.get(), nullptr, "type='signal',path_namespace='/org/realserverd/RealServer1'",
              [](sd_bus_message* signal, void* self, sd_bus_error*) {
                  static_cast<Client*>(self)->heard.push_back({sd_bus_message_get_path(signal),
                                                               sd_bus_message_get_member(signal),
                                                               body_text(signal)});
                  return 0;
              },
              this),
          "sd_bus_add_match");
}

std::string Client::unique_name()
{
    const char* name{};
    check(sd_bus_get_unique_name(bus_.get(), &name), "sd_bus_get_unique_name");
    return name;
}

void Client::append(int result)
{
    check(result, "sd_bus_message_append");
}

} // namespace rs::test
