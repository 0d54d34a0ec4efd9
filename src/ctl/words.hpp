#pragma once
#include <cstdint>
#include <string>
#include <vector>

// Pieces of sentences.
namespace rs::ctl {

[[nodiscard]] std::string joined(const std::vector<std::string>& words,
                                 const std::string& separator);

// "1 connection", "3 connections"
[[nodiscard]] std::string counted(std::uint64_t number, const std::string& noun);

// "; did you mean 'web'?" when one of `known` is near enough to be a slip of the fingers, or "".
[[nodiscard]] std::string meant(const std::string& word, const std::vector<std::string>& known);

// The sentence for a role that does not exist: which one was meant, and which ones there are.
[[nodiscard]] std::string no_such_role_text(const std::string& name,
                                            const std::vector<std::string>& known);

} // namespace rs::ctl
