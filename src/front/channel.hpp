#pragma once
#include "util/unique_fd.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace rs {

struct Parcel {
    std::string bytes;
    UniqueFd fd; // what came with them, if anything
};

// One end of a socket that carries whole messages, each with at most one descriptor. Messages of
// any size go to the front, those to the daemon are small: it reads no file that the front sends.
class Channel {
public:
    static constexpr std::size_t longest_inline = 65536;

    explicit Channel(UniqueFd socket) : socket_{std::move(socket)} {}

    // The daemon's end and the front's. Throws std::system_error.
    [[nodiscard]] static std::pair<UniqueFd, UniqueFd> make();

    [[nodiscard]] int fd() const { return socket_.value(); }

    // False: no room now. Throws std::system_error: EPIPE or ECONNRESET when the other end is gone.
    [[nodiscard]] bool send_large(std::string_view bytes) const;
    // Waits for room. EMSGSIZE beyond longest_inline.
    void send(std::string_view bytes, int fd = -1) const;
    // The same without waiting; false: no room now.
    [[nodiscard]] bool offer(std::string_view bytes) const;

    enum class Wait : unsigned char { no, yes };
    // None: there is nothing now. Throws std::system_error: ECONNRESET when the other end is gone.
    [[nodiscard]] std::optional<Parcel> receive(Wait wait) const;
    [[nodiscard]] std::optional<std::string> receive_large(Wait wait) const;

private:
    UniqueFd socket_;
};

} // namespace rs
