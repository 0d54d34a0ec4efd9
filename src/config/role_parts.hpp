#pragma once
#include "config/addresses.hpp"
#include "config/table_reader.hpp"
#include "config/validate.hpp"

// The parts of a role file. Each reads keys of `reader` into `draft`.
namespace rs {

void read_vips(TableReader& reader, DraftRole& draft);
void read_directors(TableReader& reader, DraftRole& draft);
// Wants the forwarding and the VIPs to be read before.
void read_reply(TableReader& reader, DraftRole& draft);
void read_tunnel(TableReader& reader, DraftRole& draft);
void read_checks(TableReader& reader, DraftRole& draft);

// The name of a network device, or nothing.
[[nodiscard]] std::optional<std::string> read_device(TableReader& reader, std::string_view key);
// Notes a text that cannot be a device's name.
[[nodiscard]] bool check_device(TableReader& reader, std::string_view key, const Text& text);
// An address for `purpose`, which cannot be a VIP then.
[[nodiscard]] std::optional<Address> read_host_address(TableReader& reader, std::string_view key,
                                                       const Text& text, Purpose purpose,
                                                       DraftRole& draft);

} // namespace rs
