#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

// Stands in for libFuzzer's main(): runs a fuzz target over each file given, and each file in the
// directories given. Fails if there was none.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_in(const fs::path& path)
{
    if (!fs::is_directory(path)) {
        return {path};
    }
    std::vector<fs::path> files;
    std::copy_if(fs::directory_iterator{path}, {}, std::back_inserter(files),
                 [](const fs::path& file) { return fs::is_regular_file(file); });
    return files;
}

void replay(const fs::path& file)
{
    std::cerr << file.string() << std::endl; // flushed: the last one is the culprit
    std::ifstream stream{file, std::ios::binary};
    stream.exceptions(std::ios::badbit);
    const std::vector<unsigned char> bytes{std::istreambuf_iterator<char>{stream}, {}};
    static_cast<void>(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()));
}

} // namespace

int main(int argc, char* argv[])
{
    int replayed = 0;
    const std::vector<std::string> paths{argv + 1, argv + argc};
    for (const auto& path : paths) {
        for (const auto& file : files_in(path)) {
            replay(file);
            ++replayed;
        }
    }
    std::cout << replayed << " inputs\n";
    return replayed == 0 ? 1 : 0;
}
