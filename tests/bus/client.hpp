#pragma once
#include "event/loop.hpp"

#include <systemd/sd-bus.h>

#include <optional>
#include <string>
#include <vector>

namespace rs::test {

// Runs the loop until `done`; false if that takes longer than any machine needs.
[[nodiscard]] bool until(Loop& loop, const std::function<bool()>& done);

// The body of a message: "text", 1, true, [array], (struct), {key: value} by key, variants
// as their value.
[[nodiscard]] std::string body_text(sd_bus_message* message);

struct Answer {
    std::string body;    // as body_text()
    std::string error;   // name; empty: none
    std::string message; // of the error
};

struct Heard {
    std::string path;
    std::string member;
    std::string body;
};

// Speaks plain sd-bus, asynchronously on the loop of the service under test: what it sees is what
// is on the wire, whatever sdbus-c++ made of it.
class Client {
public:
    struct Options {
        std::optional<uid_t> user; // connects as that user (needs root)
        bool interactive = false;
    };

    Client(Loop& loop, const std::string& address, Options options);

    Client(Loop& loop, const std::string& address) : Client(loop, address, Options{}) {}

    // Sends a call and runs the loop until it is answered.
    Answer call(const Handle<sd_bus_message, sd_bus_message_unref>& message);

    template <typename... Arguments>
    Answer call(const std::string& path, const std::string& interface, const std::string& member,
                const char* types = "", Arguments... arguments)
    {
        const auto message = new_call(path, interface, member);
        if (*types != '\0') {
            append(sd_bus_message_append(message.get(), types, arguments...));
        }
        return call(message);
    }

    // Sends it and does not wait; `answer` is filled in when the reply comes.
    void send(const Handle<sd_bus_message, sd_bus_message_unref>& message, Answer& answer,
              bool& answered);

    Answer property(const std::string& path, const std::string& interface, const std::string& name);
    [[nodiscard]] Handle<sd_bus_message, sd_bus_message_unref>
    new_call(const std::string& path, const std::string& interface, const std::string& member,
             const char* destination = "org.realserverd.RealServer1");

    // From when this returns all signals of the service are heard.
    void listen();
    std::vector<Heard> heard;

    [[nodiscard]] std::string unique_name();

    [[nodiscard]] sd_bus* native() const { return bus_.get(); }

    [[nodiscard]] static std::string missing_root();

private:
    static void append(int result);

    Loop& loop_;
    Handle<sd_bus, sd_bus_flush_close_unref> bus_;
};

} // namespace rs::test
