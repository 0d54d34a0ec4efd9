#pragma once
#include <chrono>
#include <string>

// What the service manager is told, sd_notify(3); nothing happens when there is none.
namespace rs::notify {

void ready();
void reloading();
// `patience`: how long stopping may take.
void stopping(std::chrono::microseconds patience);
void status(const std::string& text);

} // namespace rs::notify
