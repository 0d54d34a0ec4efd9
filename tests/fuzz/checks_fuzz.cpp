#include "checks/protocol.hpp"

#include <cstdlib>

// libFuzzer's entry: any bytes as what the process that runs checks, or the daemon, might send.
// What may never happen ends the process: a crash, a line that is longer than allowed, something
// decoded that is not the same once encoded and decoded again.
namespace rs::checks {
namespace {

// Not assert(): this must hold in every build.
void hold(bool condition)
{
    if (!condition) {
        std::abort();
    }
}

std::string line_of(std::string encoded)
{
    hold(encoded.find('\n') == encoded.size() - 1);
    encoded.pop_back();
    return encoded;
}

void judge(std::string_view line)
{
    if (const auto command = decode_command(line)) {
        hold(decode_command(line_of(encode(*command))) == command);
    }
    if (const auto message = decode_message(line)) {
        hold(decode_message(line_of(encode(*message))) == message);
    }
}

void feed(std::string_view bytes)
{
    Lines lines;
    while (!bytes.empty() && !lines.too_long()) {
        // The first byte says how much of the rest comes in one piece.
        const auto piece =
            bytes.substr(0, std::size_t{1} + static_cast<unsigned char>(bytes.front()));
        lines.append(piece);
        bytes.remove_prefix(piece.size());
        while (const auto line = lines.next()) {
            judge(*line);
        }
    }
}

} // namespace
} // namespace rs::checks

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are text here
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    rs::checks::feed(text);
    return 0;
}
