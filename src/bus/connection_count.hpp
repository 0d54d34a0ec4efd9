#pragma once
#include "bus/control.hpp"

#include <utility>

namespace rs {

// The connections of `role` as they are now; `published`, the last known number, if they cannot be
// counted: one number must not cost a caller all other properties.
[[nodiscard]] inline std::uint32_t count_or(Control& control, const std::string& role,
                                            std::uint32_t published) noexcept
{
    try {
        return control.connections(role);
    } catch (const std::exception&) {
        return published;
    }
}

// While a signal is put together the properties answer what was published, and ask nobody.
class Emitting {
public:
    explicit Emitting(bool& flag) : flag_{flag}, before_{std::exchange(flag, true)} {}

    Emitting(const Emitting&) = delete;
    Emitting& operator=(const Emitting&) = delete;

    ~Emitting() { flag_ = before_; }

private:
    bool& flag_;
    bool before_;
};

} // namespace rs
