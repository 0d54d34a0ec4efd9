#pragma once
#include <string>
#include <string_view>

namespace rs {

// The least that a role's file may say.
inline constexpr std::string_view a_role =
    "forwarding = \"dr\"\nvips = [\"192.0.2.8\"]\nservices = [\"80/tcp\"]\n";

// A configuration directory of the test's own, with an empty conf.d, gone when the test is over.
class Scratch {
public:
    Scratch();
    Scratch(const Scratch&) = delete;
    Scratch(Scratch&&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    Scratch& operator=(Scratch&&) = delete;
    ~Scratch();

    [[nodiscard]] const std::string& path() const { return path_; }

    [[nodiscard]] std::string path(std::string_view name) const;
    // Makes or replaces a file, by rename.
    void write(std::string_view name, std::string_view text) const;

private:
    std::string path_;
};

} // namespace rs
