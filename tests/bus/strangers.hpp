#pragma once
#include "fixture.hpp"

namespace rs::test {

// A running service and a caller without rights. Only root can make one.
struct Strangers : Running {
    Client stranger{loop, bus.address(), {.user = nobody}};
};

// A call that is under way.
struct Asked {
    Asked(Client& client, const char* path, const char* interface, const char* method)
    {
        client.send(client.new_call(path, interface, method), reply, answered);
    }

    Asked(const Asked&) = delete;
    Asked& operator=(const Asked&) = delete;

    Answer reply;
    bool answered{};
};

} // namespace rs::test
