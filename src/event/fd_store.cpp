#include "event/fd_store.hpp"

#include "util/handle.hpp"

#include <systemd/sd-daemon.h>

#include <cstdlib>

namespace rs {
namespace {

void release(void* memory)
{
    std::free(memory); // NOLINT(*-no-malloc,*-owning-memory): it was sd-daemon's malloc()
}

} // namespace

std::vector<StoredFd> take_stored_fds()
{
    char** raw{};
    const int count = sd_listen_fds_with_names(1, &raw);
    const Handle<char*, release> names{raw};
    std::vector<StoredFd> stored;
    for (int i = 0; i < count; ++i) {
        const Handle<char, release> name{raw[i]};
        stored.push_back({name.get(), UniqueFd{SD_LISTEN_FDS_START + i}});
    }
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
