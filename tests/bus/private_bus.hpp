#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>

namespace rs::test {

enum class BusPolicy : unsigned char {
    shipped, // the one of units/
    open,    // everybody may send everything to everybody
};

// A system bus of the test's own: a dbus-daemon on a socket in a temporary directory;
// DBUS_SYSTEM_BUS_ADDRESS points to it.
class PrivateBus {
public:
    explicit PrivateBus(BusPolicy policy = BusPolicy::shipped); // running
    PrivateBus(const PrivateBus&) = delete;
    PrivateBus& operator=(const PrivateBus&) = delete;
    ~PrivateBus();

    void start(); // returns when it listens
    void kill();  // returns when it is gone
    void freeze() const;
    void thaw() const;

    [[nodiscard]] const std::string& address() const { return address_; }

private:
    std::filesystem::path directory_;
    std::string address_;
    pid_t process_{};
};

} // namespace rs::test
