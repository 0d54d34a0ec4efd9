#include "config/case_file.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace rs {
namespace {

std::string* text_of(Sources& sources, const std::string& file)
{
    if (file == "realserverd.toml") {
        sources.node = Source{file, {}};
        return &sources.node->text;
    }
    sources.roles.push_back({file, {}});
    return &sources.roles.back().text;
}

} // namespace

std::string read_text(const std::string& path)
{
    std::ifstream stream{path, std::ios::binary};
    if (!stream) {
        throw std::runtime_error{"no such file: " + path};
    }
    return {std::istreambuf_iterator<char>{stream}, {}};
}

std::vector<Case> read_cases(const std::string& file)
{
    std::istringstream lines{read_text(file)};
    std::vector<Case> cases;
    std::string* text = nullptr;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("--- ")) {
            cases.push_back({line.substr(4, line.find(" |") - 4), {}, {}});
            text = nullptr;
        } else if (cases.empty()) {
            continue; // what the table is about
        } else if (line.starts_with("> ")) {
            cases.back().expected.push_back(line.substr(2));
        } else if (line.starts_with("@ ")) {
            text = text_of(cases.back().sources, line.substr(2));
        } else {
            text = text == nullptr ? text_of(cases.back().sources, "web.toml") : text;
            *text += line + '\n';
        }
    }
    if (cases.empty()) {
        throw std::runtime_error{"no case in " + file};
    }
    return cases;
}

} // namespace rs
