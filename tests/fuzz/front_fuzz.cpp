// What a front that has fallen into the wrong hands may say to the daemon.
#include "front/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes{reinterpret_cast<const char*>(data), size}; // NOLINT
    try {
        const auto message = rs::wire::decode<rs::wire::ToDaemon>(bytes);
        // Whatever is understood has one meaning.
        const auto again = rs::wire::encode(message);
        if (rs::wire::encode(rs::wire::decode<rs::wire::ToDaemon>(again)) != again) {
            std::abort();
        }
    } catch (const rs::wire::Malformed&) {
    }
    return 0;
}
