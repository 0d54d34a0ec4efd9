#pragma once
#include "checks/runner.hpp"

namespace rs::checks {

// The process's side of the conversation with the daemon, on its standard input. The loop ends when
// the daemon is gone.
class Session {
public:
    explicit Session(Loop& loop);

private:
    void receive();
    void take(Command command);
    void run_exactly(std::map<Id, Order> orders);
    void send(const Message& message);

    Loop& loop_;
    Surroundings surroundings_;
    std::map<Id, std::unique_ptr<Runner>> runners_;
    std::map<Id, Order> orders_; // since the last Complete
    Lines lines_;
    WatchPtr readable_;
    WatchPtr alive_;
};

} // namespace rs::checks
