#include "ctl/follow.hpp"

#include "bus/bus_pump.hpp"
#include "ctl/bus_failure.hpp"

#include <csignal>
#include <deque>
#include <string_view>

namespace rs::ctl {
namespace {

using namespace std::chrono_literals;

void block(std::initializer_list<int> signals)
{
    sigset_t set;
    sigemptyset(&set);
    for (const auto signal : signals) {
        sigaddset(&set, signal);
    }
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Failure daemon_gone()
{
    return {
        Exit::not_running,
        "realserverd has stopped meanwhile; what it was told holds again when it is started (see: "
        "journalctl -u realserverd)"};
}

// The loop, the connection it drives, and a queue of what was heard: it is worked off by the loop
// and not while the connection is being processed, where nothing may throw or call the daemon.
class Listener {
public:
    Listener(Client& client, std::function<void(const Heard&)> work)
        : work_{std::move(work)}, pump_{loop_, client.connection(), [this](const std::string& why) {
                                            lost_ = why;
                                            wake();
                                        }}
    {
        client.listen([this](const Heard& heard) {
            queue_.push_back(heard);
            wake();
        });
    }

    [[nodiscard]] Loop& loop() noexcept { return loop_; }

private:
    void wake() { worker_->arm(Clock::now()); }

    void work()
    {
        for (; !queue_.empty(); queue_.pop_front()) {
            work_(queue_.front());
        }
        if (lost_) {
            throw no_bus(*lost_, "");
        }
    }

    Loop loop_;
    std::function<void(const Heard&)> work_;
    std::deque<Heard> queue_;
    std::optional<std::string> lost_;
    WatchPtr worker_ = loop_.timer([this] { work(); });
    BusPump pump_;
};

// One look at a time, however many changes called for it.
class Follower {
public:
    Follower(Client& client, const std::function<std::optional<Exit>(const NodeStatus&)>& look)
        : client_{client}, look_{look}, listener_{client, [this](const Heard& heard) {
                                                      if (std::holds_alternative<Stopped>(heard)) {
                                                          throw daemon_gone();
                                                      }
                                                      look_soon();
                                                  }}
    {
        for (const auto signal : {SIGINT, SIGTERM}) {
            interrupts_.push_back(
                listener_.loop().on_signal(signal, [this] { end(Exit::interrupted); }));
        }
        look_soon();
    }

    Exit run()
    {
        listener_.loop().run();
        return exit_;
    }

private:
    void end(Exit exit)
    {
        exit_ = exit;
        listener_.loop().stop();
    }

    void look_soon() { timer_->arm(Clock::now()); }

    void look()
    {
        timer_->arm(Clock::now() + 1s);
        if (const auto exit = look_(client_.status())) {
            end(*exit);
        }
    }

    Client& client_;
    const std::function<std::optional<Exit>(const NodeStatus&)>& look_;
    Exit exit_ = Exit::failed;
    Listener listener_;
    std::vector<WatchPtr> interrupts_;
    WatchPtr timer_ = listener_.loop().timer([this] { look(); });
};

} // namespace

Exit follow(Client& client, const std::function<std::optional<Exit>(const NodeStatus&)>& look)
{
    block({SIGINT, SIGTERM});
    return Follower{client, look}.run();
}

void hear_all(Client& client, const std::function<void()>& ready,
              const std::function<void(const Heard&)>& heard)
{
    Listener listener{client, heard};
    ready();
    listener.loop().run();
    throw no_bus("the event loop ended", "");
}

} // namespace rs::ctl
