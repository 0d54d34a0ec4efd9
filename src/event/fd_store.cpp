#include "event/fd_store.hpp"

#include <systemd/sd-daemon.h>

#include <cstdlib>

namespace rs {

std::vector<StoredFd> take_stored_fds()
{
    char** names{};
    const int count = sd_listen_fds_with_names(1, &names);
    std::vector<StoredFd> stored;
    for (int i = 0; i < count; ++i) {
        stored.push_back({names[i], UniqueFd{SD_LISTEN_FDS_START + i}});
        std::free(names[i]); // NOLINT(cppcoreguidelines-no-malloc): sd-daemon's
    }
    // NOLINTNEXTLINE(cppcoreguidelines-no-malloc,bugprone-multi-level-implicit-pointer-conversion)
    std::free(names);
    return stored;
}

void store_fd(const std::string& name, int fd)
{
    sd_pid_notify_with_fds(0, 0, ("FDSTORE=1\nFDNAME=" + name).c_str(), &fd, 1);
}

void remove_stored_fds(const std::string& name)
{
    sd_notify(0, ("FDSTOREREMOVE=1\nFDNAME=" + name).c_str());
}

} // namespace rs
