#include "kernel/nftables.hpp"

#include "util/handle.hpp"
#include "util/unique_fd.hpp"

#include <linux/netlink.h>

#include <dlfcn.h>
#include <malloc.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace rs {
namespace {

// nftables/libnftables.h, which is the same since its first release (soname 1).
struct nft_ctx;
using NftNew = nft_ctx*(std::uint32_t flags);
using NftFree = void(nft_ctx*);
using NftBuffer = int(nft_ctx*);
using NftRun = int(nft_ctx*, const char* script);
using NftText = const char*(nft_ctx*);

constexpr const char* soname = "libnftables.so.1";

class Nftables {
public:
    Nftables() : library_{::dlopen(soname, RTLD_NOW | RTLD_LOCAL)} {}

    [[nodiscard]] bool loaded() const
    {
        return library_ != nullptr && new_ != nullptr && free_ != nullptr && run_ != nullptr &&
               buffer_error_ != nullptr && error_ != nullptr;
    }

    [[nodiscard]] std::optional<std::string> run(const std::string& script) const
    {
        if (!UniqueFd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER)}) {
            return "Error: " + std::generic_category().message(errno); // it would end the process
        }
        const std::unique_ptr<nft_ctx, NftFree*> context{new_(0), free_};
        if (!context || buffer_error_(context.get()) != 0) {
            return "libnftables: not enough memory";
        }
        if (run_(context.get(), script.c_str()) == 0) {
            return std::nullopt;
        }
        const auto* text = error_(context.get());
        return text == nullptr ? std::string{} : std::string{text};
    }

private:
    template <typename Function>
    Function* function(const char* name) const
    {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): that is what dlsym is for
        return library_ ? reinterpret_cast<Function*>(::dlsym(library_.get(), name)) : nullptr;
    }

    Handle<void, ::dlclose> library_;
    NftNew* new_ = function<NftNew>("nft_ctx_new");
    NftFree* free_ = function<NftFree>("nft_ctx_free");
    NftRun* run_ = function<NftRun>("nft_run_cmd_from_buffer");
    NftBuffer* buffer_error_ = function<NftBuffer>("nft_ctx_buffer_error");
    NftText* error_ = function<NftText>("nft_ctx_get_error_buffer");
};

// "<cmdline>:1:1-23: Error: Could not process rule: Operation not supported", and where.
std::string first_line(const std::string& text)
{
    constexpr std::string_view mark = "Error: ";
    const auto line = text.substr(0, text.find('\n'));
    const auto error = line.find(mark);
    return error == std::string::npos ? "libnftables: " + line : line.substr(error + mark.size());
}

} // namespace

std::optional<std::string> run_nftables(const std::string& script)
{
    std::optional<std::string> problem;
    {
        const Nftables nftables;
        if (!nftables.loaded()) {
            return std::string{soname} + " is not installed (package libnftables1 or nftables)";
        }
        problem = nftables.run(script);
    }
    ::malloc_trim(0);
    return problem ? std::optional{first_line(*problem)} : std::nullopt;
}

} // namespace rs
