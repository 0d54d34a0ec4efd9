#pragma once
#include "checks/probe.hpp"
#include "event/loop.hpp"
#include "model/role.hpp"
#include "util/unique_fd.hpp"

namespace rs::checks {

// Connects, and closes at once.
class TcpProbe : public Probe {
public:
    // Throws std::invalid_argument.
    TcpProbe(Loop& loop, const std::string& target);

    void start(Done done) override;
    void cancel() override;

private:
    void finish(int code);

    Loop& loop_;
    Endpoint endpoint_;
    UniqueFd socket_;
    WatchPtr writable_;
    Done done_;
};

} // namespace rs::checks
