#pragma once
#include "model/state.hpp"
#include "util/unique_fd.hpp"

#include <cstddef>
#include <map>
#include <optional>

namespace rs {

// The values that decide about ARP, of "all" and every link: kept open, because inotify goes deaf
// when the kernel drops the directory entry of a file that nobody has open.
class SysctlFiles {
public:
    // A system that has no inotify instance or watch left does without: changed() remains.
    SysctlFiles();

    // Opens what is new and forgets what is gone; a renamed device has new files.
    void follow(const std::vector<Link>& links);
    // All values, read now; the ones that changed() compares with.
    [[nodiscard]] const std::map<SysctlName, int>& read();
    // Whether any value differs from the last read(); the same work in either case.
    [[nodiscard]] bool changed() const;

    // Readable when a file was written to; -1: there is none. It misses writers with another mount
    // of /proc, and netlink: changed() is what can be relied on.
    [[nodiscard]] int inotify_fd() const { return inotify_.value(); }

    // Reads what is pending; true: look again.
    bool drain();

private:
    // The device by index too: one that was made anew under the same name has new files.
    using Key = std::pair<int, SysctlName>;

    struct File {
        UniqueFd fd; // none: more devices than we may have files, read by name
        int watch = -1;
    };

    void open(const Key& key);
    void close(const File& file) const;
    [[nodiscard]] static std::optional<int> value(const Key& key, const File& file);

    UniqueFd inotify_;
    std::size_t budget_; // of descriptors
    std::size_t pinned_ = 0;
    std::map<Key, File> files_;
    std::map<SysctlName, int> values_;
};

} // namespace rs
