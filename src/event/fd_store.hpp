#pragma once
#include "util/unique_fd.hpp"

#include <string>
#include <vector>

// The service manager's store, in which descriptors outlive a restart of this service
// (FileDescriptorStoreMax= in systemd.service(5)). Nothing happens when there is none.
namespace rs {

struct StoredFd {
    std::string name;
    UniqueFd fd;
};

// As its user sees it.
class FdStore {
public:
    FdStore() = default;
    FdStore(const FdStore&) = delete;
    FdStore& operator=(const FdStore&) = delete;
    virtual ~FdStore() = default;

    // What an earlier life of this service left, once.
    [[nodiscard]] virtual std::vector<StoredFd> take() = 0;
    // `name`: printable ASCII without ':'; whoever stores a second one under it cannot remove one
    // only.
    virtual void store(const std::string& name, int fd) = 0;
    virtual void remove(const std::string& name) = 0;
};

// What an earlier life of this service left. Once: it clears the environment that tells.
[[nodiscard]] std::vector<StoredFd> take_stored_fds();

// Of the main process only; others are not listened to.
void store_fd(const std::string& name, int fd);
void remove_stored_fds(const std::string& name);

} // namespace rs
