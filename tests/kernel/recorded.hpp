#pragma once
#include "support/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

// What record.cpp wrote down of a real kernel.
namespace rs::test {

using Buffer = std::vector<std::byte>;

inline Buffer recorded(const std::string& name)
{
    std::ifstream file{std::filesystem::path{RECORDED} / name, std::ios::binary};
    REQUIRE(file);
    Buffer bytes;
    std::transform(std::istreambuf_iterator<char>{file}, {}, std::back_inserter(bytes),
                   [](char letter) { return static_cast<std::byte>(letter); });
    REQUIRE_FALSE(bytes.empty());
    return bytes;
}

} // namespace rs::test
