#include "ctl/commands.hpp"
#include "ctl/configuration.hpp"
#include "ctl/words.hpp"
#include "view/status_json.hpp"

#include <iostream>

namespace rs::ctl {
namespace {

Json json_of(const Mistake& mistake)
{
    return {{"file", mistake.file}, {"line", mistake.at.line}, {"column", mistake.at.column},
            {"key", mistake.key},   {"what", mistake.what},    {"allowed", mistake.allowed}};
}

void print_json(const Mistakes& mistakes)
{
    auto json = Json::array();
    for (const auto& mistake : mistakes) {
        json.push_back(json_of(mistake));
    }
    std::cout << json_text({{"mistakes", json}}) << '\n';
}

} // namespace

Exit run(const CheckCommand& command, const Common& common)
{
    const auto outcome = load_configuration(command.directory);
    const auto* mistakes = std::get_if<Mistakes>(&outcome);
    if (common.json) {
        print_json(mistakes != nullptr ? *mistakes : Mistakes{});
    } else if (mistakes != nullptr) {
        std::cerr << to_string(*mistakes) << '\n';
    } else if (!common.quiet) {
        const auto& config = std::get<LocatedConfig>(outcome).config;
        std::cout << command.directory << ": OK, " << counted(config.roles.size(), "role") << '\n';
    }
    return mistakes != nullptr ? Exit::bad_configuration : Exit::done;
}

} // namespace rs::ctl
