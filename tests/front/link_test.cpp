#include "bus/fake_control.hpp"
#include "front/front_link.hpp"
#include "front/wire.hpp"
#include "support/catch.hpp"

#include <sys/socket.h>

#include <array>

using namespace rs;

namespace {

// The daemon's end in a loop, and a front that says whatever a test wants.
class Conversation {
public:
    void say(const wire::ToDaemon& message) { front.send(wire::encode(message)); }

    [[nodiscard]] wire::ToFront hear() const
    {
        auto bytes = front.receive_large(Channel::Wait::yes);
        REQUIRE(bytes);
        return wire::decode<wire::ToFront>(*bytes);
    }

    // Until everything that was said has been taken in.
    void run() const
    {
        while (sd_event_run(loop.native(), 0) > 0) {
        }
    }

    std::pair<UniqueFd, UniqueFd> ends = Channel::make();
    Channel front{std::move(ends.second)};
    Loop loop;
    test::FakeControl control;
    std::vector<Poll> polls;
    std::vector<std::string> lost;
    int synced = 0;
    std::function<void()> at_loss = [] {};
    FrontLink link{loop,
                   std::move(ends.first),
                   control,
                   {.polled = [this](const Poll& poll) { polls.push_back(poll); },
                    .problems = [] {},
                    .bus_tried = [] {},
                    .alone = [] {},
                    .synced = [this] { ++synced; },
                    .lost =
                        [this](const std::string& why) {
                            lost.push_back(why);
                            at_loss();
                        }}};
};

} // namespace

TEST_CASE("orders are carried out and answered, refused ones with the reason")
{
    Conversation conversation;
    conversation.control.unknown_role = "nobody";
    conversation.say(wire::AskDrain{"web", {}});
    conversation.say(wire::AskUndrain{"nobody"});
    conversation.say(wire::AskConnections{"web"});
    conversation.run();
    CHECK(conversation.control.asked == std::vector<std::string>{"drain web"});
    CHECK(std::get<wire::Answer>(conversation.hear()).failure == wire::Failure::none);
    CHECK(std::get<wire::Answer>(conversation.hear()).failure == wire::Failure::no_such_role);
    CHECK(std::get<wire::Answer>(conversation.hear()).number == 7);
}

TEST_CASE("a front that says what is no message is lost, and heard no more")
{
    Conversation conversation;
    conversation.front.send("no message at all");
    conversation.say(wire::AskDrain{"web", {}});
    conversation.run();
    CHECK(conversation.lost.size() == 1);
    CHECK(conversation.control.asked.empty());
}

TEST_CASE("a front that says what none of ours would is lost, and nothing comes of it")
{
    using std::chrono::microseconds;
    const std::vector<wire::ToDaemon> nonsense{
        wire::AskDrain{"web", {microseconds{-1}, true}},
        wire::AskDrain{"web", {microseconds::max(), true}},
        wire::Unstore{"a\nMAINPID=1"},
        wire::Unstore{"a:b"},
        wire::Unstore{""},
        wire::Unstore{std::string(256, 'a')},
        wire::Store{"without-a-descriptor"},
    };
    for (const auto& message : nonsense) {
        Conversation conversation;
        conversation.say(message);
        conversation.run();
        CHECK(conversation.lost.size() == 1);
        CHECK(conversation.control.asked.empty());
    }
}

TEST_CASE(
    "of several syncs the last one that the front confirms counts, and none that nobody asked for")
{
    Conversation conversation;
    conversation.say(wire::Synced{});
    conversation.run();
    CHECK(conversation.synced == 0);
    conversation.link.publish({});
    conversation.link.sync();
    conversation.link.sync();
    conversation.say(wire::Synced{});
    conversation.run();
    CHECK(conversation.synced == 0);
    conversation.say(wire::Synced{});
    conversation.run();
    CHECK(conversation.synced == 1);
    CHECK(std::holds_alternative<wire::Published>(conversation.hear()));
    CHECK(std::holds_alternative<wire::Sync>(conversation.hear()));
}

TEST_CASE("a front that is gone is lost once, whatever is said to it then")
{
    Conversation conversation;
    conversation.front = Channel{UniqueFd{}};
    conversation.link.publish({});
    conversation.link.emit({"state", "web", "serving"});
    conversation.run();
    CHECK(conversation.lost.size() == 1);
}

TEST_CASE(
    "a front that goes amid an order of its own is lost, and what that ends is no failed order")
{
    Conversation conversation;
    conversation.say(wire::AskDrain{"web", {}});
    conversation.control.then = [&] {
        conversation.front = Channel{UniqueFd{}};
        conversation.link.publish({});
        CHECK(conversation.lost.empty());
    };
    conversation.run();
    CHECK(conversation.lost.size() == 1);
}

TEST_CASE("whoever is told that a front is lost may end the loop with an exception")
{
    Conversation conversation;
    conversation.at_loss = [] { throw std::runtime_error{"no front"}; };
    conversation.front = Channel{UniqueFd{}};
    CHECK_NOTHROW(conversation.link.publish({}));
    const auto end =
        conversation.loop.after(std::chrono::seconds{5}, [&] { conversation.loop.stop(); });
    CHECK_THROWS_WITH(conversation.loop.run(), "no front");
}

TEST_CASE("a front that does not listen costs one status, however many are published")
{
    Conversation conversation;
    NodeStatus status;
    status.problems = {std::string(60'000, 'x')};
    constexpr unsigned many = 10'000; // 600 MB of them
    for (status.connections = 1; status.connections <= many; ++status.connections) {
        conversation.link.publish(status);
    }
    unsigned heard = 0;
    unsigned last = 0;
    while (last != many) {
        conversation.run(); // gives it the room to send
        last = std::get<wire::Published>(conversation.hear()).status.connections;
        REQUIRE(++heard < 100);
    }
}

TEST_CASE("a status of any size arrives")
{
    Conversation conversation;
    NodeStatus status;
    status.problems.assign(1000, std::string(10'000, 'x'));
    conversation.link.publish(status);
    CHECK(std::get<wire::Published>(conversation.hear()).status == status);
}

TEST_CASE("of several descriptors in one message one arrives, and none stays open")
{
    Conversation conversation;
    const auto message = wire::encode<wire::ToDaemon>(wire::Store{"a"});
    iovec part{const_cast<char*>(message.data()), message.size()};
    constexpr std::size_t count = 16;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(count * sizeof(int))> control{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    auto* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(count * sizeof(int));
    const auto next_free = [] { return UniqueFd{::dup(0)}.value(); };
    const int before = next_free();
    for (int round = 0; round != 3; ++round) {
        REQUIRE(::sendmsg(conversation.front.fd(), &header, 0) > 0);
    }
    conversation.run();
    CHECK(next_free() == before);
}
