#pragma once
#include <map>
#include <memory>

namespace rs {

// So many places for each key, taken until what take() returned is gone, which may outlive this.
// Of keys that hold none nothing is remembered.
template <typename Key>
class Places {
public:
    explicit Places(unsigned most) : most_{most} {}

    // Nothing when all places of `key` are taken.
    [[nodiscard]] std::shared_ptr<void> take(const Key& key)
    {
        if (const auto found = taken_->find(key);
            found != taken_->end() && found->second >= most_) {
            return nullptr;
        }
        ++(*taken_)[key];
        return {taken_.get(), [taken = taken_, key](void*) { give_back(*taken, key); }};
    }

private:
    using Taken = std::map<Key, unsigned>;

    static void give_back(Taken& taken, const Key& key)
    {
        const auto found = taken.find(key);
        if (--found->second == 0) {
            taken.erase(found);
        }
    }

    unsigned most_;
    std::shared_ptr<Taken> taken_ = std::make_shared<Taken>();
};

} // namespace rs
