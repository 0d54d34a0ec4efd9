#include "bus/bus_error.hpp"

#include "bus/utf8.hpp"
#include "model/errors.hpp"

namespace rs {

sdbus::Error bus_error(const char* name, const std::string& message)
{
    return sdbus::Error{BusErrorName{name}, valid_utf8(message)};
}

sdbus::Error bus_error(const std::exception& error)
{
    if (const auto* const already = dynamic_cast<const sdbus::Error*>(&error)) {
        return *already;
    }
    if (dynamic_cast<const NoSuchRole*>(&error) != nullptr) {
        return bus_error(error_no_such_role, error.what());
    }
    if (dynamic_cast<const BadConfiguration*>(&error) != nullptr) {
        return bus_error(error_bad_configuration, error.what());
    }
    return bus_error(error_failed, error.what());
}

} // namespace rs
