#include "config/config.hpp"

#include "config/parse.hpp"
#include "config/validate.hpp"

#include <algorithm>

namespace rs {
namespace {

std::optional<Document> parse_into(const Source& source, Mistakes& mistakes)
{
    auto parsed = parse(source);
    if (auto* const mistake = std::get_if<Mistake>(&parsed)) {
        mistakes.push_back(std::move(*mistake));
        return std::nullopt;
    }
    return std::get<Document>(std::move(parsed));
}

std::vector<DraftRole> validate_roles(const std::vector<Source>& sources, Mistakes& mistakes)
{
    std::vector<DraftRole> drafts;
    for (const auto& source : sources) {
        if (const auto document = parse_into(source, mistakes)) {
            drafts.push_back(validate_role(*document, mistakes));
        }
    }
    validate_together(drafts, mistakes);
    std::ranges::sort(drafts, {}, [](const DraftRole& draft) { return draft.role.name; });
    return drafts;
}

} // namespace

ConfigOrMistakes make_config(const Sources& sources)
{
    auto mistakes = sources.mistakes;
    LocatedConfig located;
    if (sources.node) {
        if (const auto document = parse_into(*sources.node, mistakes)) {
            located.config.node = validate_node(*document, mistakes);
        }
    }
    for (auto& draft : validate_roles(sources.roles, mistakes)) {
        located.config.roles.push_back(std::move(draft.role));
        located.places.push_back(std::move(draft.places));
    }
    if (mistakes.empty()) {
        return located;
    }
    std::ranges::sort(mistakes);
    return mistakes;
}

ConfigOrMistakes load_config(const std::string& directory)
{
    return make_config(load(directory));
}

} // namespace rs
