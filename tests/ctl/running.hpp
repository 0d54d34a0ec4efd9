#pragma once
#include "bus/client.hpp"
#include "child.hpp"
#include "fake_node.hpp"
#include "support/catch.hpp"

#include <memory>
#include <string>
#include <vector>

namespace rs::test {

// A daemon without a host on a bus of its own, and what realserverctl says of it.
struct Running {
    Running()
    {
        if (!until(loop, [&] { return node->service.connected(); })) {
            throw std::runtime_error("the service does not reach the bus");
        }
    }

    void restart_node()
    {
        node.reset();
        node = std::make_unique<FakeNode>(loop);
        if (!until(loop, [&] { return node->service.connected(); })) {
            throw std::runtime_error("the service does not come back");
        }
    }

    int run(const std::vector<std::string>& arguments)
    {
        Child child{loop, arguments};
        const auto status = child.wait();
        out = child.out;
        err = child.err;
        return status;
    }

    PrivateBus bus{BusPolicy::open};
    Loop loop;
    std::unique_ptr<FakeNode> node = std::make_unique<FakeNode>(loop);
    std::string out;
    std::string err;
};

} // namespace rs::test
