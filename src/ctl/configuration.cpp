#include "ctl/configuration.hpp"

#include "ctl/exit_status.hpp"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

namespace rs::ctl {
namespace {

constexpr const char* daemon_user = "realserverd";

// Has the rights of another user, groups and all, for as long as it lives.
class AsUser {
public:
    explicit AsUser(const passwd& user)
        : became_{::getgroups(static_cast<int>(groups_.size()), groups_.data()) >= 0 &&
                  ::initgroups(user.pw_name, user.pw_gid) == 0 && ::setegid(user.pw_gid) == 0 &&
                  ::seteuid(user.pw_uid) == 0}
    {}

    AsUser(const AsUser&) = delete;
    AsUser(AsUser&&) = delete;
    AsUser& operator=(const AsUser&) = delete;
    AsUser& operator=(AsUser&&) = delete;

    ~AsUser()
    {
        if (became_ && (::seteuid(0) != 0 || ::setegid(group_) != 0 ||
                        ::setgroups(groups_.size(), groups_.data()) != 0)) {
            std::abort(); // what comes next is meant to be done by root
        }
    }

    [[nodiscard]] bool became() const { return became_; }

private:
    gid_t group_ = ::getegid();
    std::vector<gid_t> groups_ =
        std::vector<gid_t>(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
    bool became_; // some containers allow root nothing of the kind
};

} // namespace

ConfigOrMistakes load_for(const char* user, const std::string& directory)
{
    auto outcome = load_config(directory);
    const auto* const account = ::geteuid() == 0 ? ::getpwnam(user) : nullptr;
    if (account == nullptr || std::holds_alternative<Mistakes>(outcome)) {
        return outcome;
    }
    const AsUser other{*account};
    if (!other.became()) {
        return outcome;
    }
    auto sources = load(directory);
    for (auto& mistake : sources.mistakes) {
        mistake.what = std::string{"the daemon, user "} + user + ", cannot read it";
        mistake.allowed = "expected files of mode 644 in directories of mode 755";
    }
    return sources.mistakes.empty() ? std::move(outcome) : std::move(sources.mistakes);
}

ConfigOrMistakes load_configuration(const std::string& directory)
{
    std::error_code none; // as where there is none
    return std::filesystem::equivalent(directory, installed_configuration, none)
               ? load_for(daemon_user, directory)
               : load_config(directory);
}

LocatedConfig configuration_in(const std::string& directory)
{
    auto outcome = load_configuration(directory);
    if (const auto* mistakes = std::get_if<Mistakes>(&outcome)) {
        throw Failure{Exit::bad_configuration, to_string(*mistakes)};
    }
    return std::get<LocatedConfig>(std::move(outcome));
}

} // namespace rs::ctl
