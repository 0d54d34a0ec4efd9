#pragma once
#include "config/mistake.hpp"

#include <utility>

namespace rs {

// Collects the mistakes of one file.
class Review {
public:
    // `mistakes` must outlive the review.
    Review(std::string file, Mistakes& mistakes) : file_{std::move(file)}, mistakes_{&mistakes} {}

    [[nodiscard]] const std::string& file() const { return file_; }

    void note(Position at, std::string key, std::string what, std::string allowed)
    {
        mistakes_->push_back({file_, at, std::move(key), std::move(what), std::move(allowed)});
    }

private:
    std::string file_;
    Mistakes* mistakes_;
};

} // namespace rs
