#include "kernel/sysctl_files.hpp"

#include "kernel/sysctl.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/resource.h>

#include <array>
#include <set>

namespace rs {
namespace {

constexpr std::array<const char*, 2> watched_keys{"arp_ignore", "arp_announce"};

// Half of what the process may open; clients and sockets want some too.
std::size_t descriptor_budget()
{
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur / 2 : 0;
}

} // namespace

SysctlFiles::SysctlFiles()
    : inotify_{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)}, budget_{descriptor_budget()}
{}

void SysctlFiles::follow(const std::vector<Link>& links)
{
    std::set<Key> wanted;
    for (const auto* key : watched_keys) {
        wanted.insert({0, {"all", key}});
        for (const auto& link : links) {
            wanted.insert({link.index, {link.name, key}});
        }
    }
    std::erase_if(files_, [&](const auto& entry) {
        const auto gone = !wanted.contains(entry.first);
        if (gone) {
            close(entry.second);
            pinned_ -= entry.second.fd ? 1U : 0U;
        }
        return gone;
    });
    for (const auto& key : wanted) {
        if (!files_.contains(key)) {
            open(key);
        }
    }
}

void SysctlFiles::open(const Key& key)
{
    const auto& [device, name] = key.second;
    auto fd = open_sysctl(device, name, O_RDONLY);
    if (!fd && errno != EMFILE) {
        return; // a link without IPv4; asked again at the next look
    }
    if (!fd || pinned_ >= budget_) {
        files_.emplace(key, File{});
        return;
    }
    const auto path = "/proc/self/fd/" + std::to_string(fd.value());
    const auto watch = ::inotify_add_watch(inotify_.value(), path.c_str(), IN_MODIFY);
    files_.emplace(key, File{std::move(fd), watch});
    ++pinned_;
}

void SysctlFiles::close(const File& file) const
{
    if (file.watch >= 0) {
        ::inotify_rm_watch(inotify_.value(), file.watch); // gone already with its device, perhaps
    }
}

std::optional<int> SysctlFiles::value(const Key& key, const File& file)
{
    return file.fd ? read_sysctl(file.fd.value())
                   : read_sysctl(key.second.first, key.second.second);
}

const std::map<SysctlName, int>& SysctlFiles::read()
{
    values_.clear();
    for (const auto& [key, file] : files_) {
        if (const auto found = value(key, file)) {
            values_.insert_or_assign(key.second, *found);
        }
    }
    return values_;
}

bool SysctlFiles::changed() const
{
    auto same = true;
    for (const auto& [key, file] : files_) {
        const auto before = values_.find(key.second);
        const auto now = value(key, file);
        same = (before == values_.end() ? !now : now == before->second) && same;
    }
    return !same;
}

bool SysctlFiles::drain()
{
    std::array<char, 4096> events{};
    auto any = false;
    while (::read(inotify_.value(), events.data(), events.size()) > 0) {
        any = true;
    }
    return any;
}

} // namespace rs
