#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

extern "C" {
#include "director/answer.h"
}

namespace {

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

// Whatever comes: yes only where both the status and a state say so, and else one line why.
void check(std::string_view bytes, bool one_role)
{
    const auto found = parse_answer(bytes.data(), bytes.size(), one_role);
    const std::size_t length = strnlen(found.reason, sizeof found.reason);
    require(length < sizeof found.reason);
    require((found.verdict == verdict_serve) == (length == 0));
    require(std::string_view{found.reason, length}.find_first_of("\r\n\x1b") ==
            std::string_view::npos);
    if (found.verdict == verdict_serve) {
        require(bytes.find(" 200") != std::string_view::npos);
        require(bytes.find("serving") != std::string_view::npos);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libFuzzer's bytes as text
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    static_cast<void>(answer_is_whole(bytes.data(), bytes.size()));
    check(bytes, true);
    check(bytes, false);
    return 0;
}
