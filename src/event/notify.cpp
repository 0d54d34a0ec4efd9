#include "event/notify.hpp"

#include <systemd/sd-daemon.h>

namespace rs::notify {
namespace {

void send(const std::string& message)
{
    sd_notify(0, message.c_str());
}

} // namespace

void ready()
{
    send("READY=1");
}

void reloading()
{
    using namespace std::chrono;
    const auto now = steady_clock::now().time_since_epoch();
    send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(duration_cast<microseconds>(now).count()));
}

void stopping(std::chrono::microseconds patience)
{
    send("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + std::to_string(patience.count()));
}

void status(const std::string& text)
{
    send("STATUS=" + text);
}

} // namespace rs::notify
