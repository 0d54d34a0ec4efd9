#pragma once
#include <cerrno>
#include <string>
#include <system_error>

namespace rs {

// Throws std::system_error: the operation, errno, and the kernel's own words if it had any.
[[noreturn]] inline void fail(const std::string& operation, int error = errno,
                              const std::string& text = {})
{
    throw std::system_error{error, std::generic_category(),
                            text.empty() ? operation : operation + " (" + text + ')'};
}

} // namespace rs
