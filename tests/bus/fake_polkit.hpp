#pragma once
#include "client.hpp"

#include <deque>

namespace rs::test {

// Owns org.freedesktop.PolicyKit1 and answers when the test says so.
class FakePolkit {
public:
    FakePolkit(Loop& loop, const std::string& address);
    FakePolkit(const FakePolkit&) = delete;
    FakePolkit& operator=(const FakePolkit&) = delete;

    // The arguments of the calls that wait for an answer, oldest first.
    std::deque<std::string> questions;
    void answer(bool authorised, bool challenge = false);
    void fail();
    void answer_nonsense();

private:
    [[nodiscard]] Handle<sd_bus_message, sd_bus_message_unref> take();

    Client client_;
    std::deque<Handle<sd_bus_message, sd_bus_message_unref>> waiting_;
};

} // namespace rs::test
