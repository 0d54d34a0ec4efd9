#pragma once
#include "../bus/client.hpp"

#include <map>

namespace rs::test {

// As much of org.freedesktop.systemd1 as tells of units, as the real one does it: signals only for
// subscribers, and by the path of a unit's own name.
class FakeSystemd {
public:
    FakeSystemd(Loop& loop, const std::string& address);

    std::map<std::string, std::string> states;  // of units by name
    std::map<std::string, std::string> aliases; // to names
    int questions = 0;                          // for a state
    bool silent = false;                        // answers nothing

    // Changes a state and says so.
    void set(const std::string& unit, const std::string& state);
    // Says that the files were read again.
    void reloaded();
    void release_name();
    void request_name();

    [[nodiscard]] bool subscribed() const { return subscribed_; }

private:
    int answer(sd_bus_message* call);
    int load(sd_bus_message* call);
    int tell(sd_bus_message* call);

    Client client_;
    bool subscribed_ = false;
};

} // namespace rs::test
