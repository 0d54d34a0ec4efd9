#include "ctl/configuration.hpp"

#include "ctl/exit_status.hpp"

namespace rs::ctl {

LocatedConfig configuration_in(const std::string& directory)
{
    auto outcome = load_config(directory);
    if (const auto* mistakes = std::get_if<Mistakes>(&outcome)) {
        throw Failure{Exit::bad_configuration, to_string(*mistakes)};
    }
    return std::get<LocatedConfig>(std::move(outcome));
}

} // namespace rs::ctl
