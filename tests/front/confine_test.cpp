// What a front that has fallen into the wrong hands can still do: each case runs in a process that
// has been confined, and tries.
#include "front/confine.hpp"
#include "support/catch.hpp"
#include "support/netns.hpp"

#include <linux/capability.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>

#include <netinet/in.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <fstream>
#include <functional>

using namespace rs;

namespace {

// The error of `attempt`, 0 if it succeeded, in a confined child.
int error_of(const std::function<long()>& attempt)
{
    const auto child = ::fork();
    if (child == 0) {
        try {
            confine();
        } catch (...) {
            std::_Exit(255);
        }
        std::_Exit(attempt() < 0 ? errno : 0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    REQUIRE(WEXITSTATUS(status) != 255);
    return WEXITSTATUS(status);
}

// The kernel's answer to "ip link set lo down".
long take_down_lo()
{
    struct {
        nlmsghdr header;
        ifinfomsg link;
    } request{{sizeof request, RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, 1, 0},
              {AF_UNSPEC, 0, 0, 1, 0, IFF_UP}};

    const auto socket = ::socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    if (socket < 0 || ::send(socket, &request, sizeof request, 0) < 0) {
        return -1;
    }
    alignas(nlmsghdr) std::array<char, 1024> answer{};
    if (::recv(socket, answer.data(), answer.size(), 0) < 0) {
        return -1;
    }
    nlmsgerr error{};
    std::memcpy(&error, answer.data() + NLMSG_HDRLEN, sizeof error);
    errno = -error.error;
    return error.error;
}

// As root in the initial user namespace file modes would refuse nothing: what refuses is tested.
const test::NetworkNamespace here; // NOLINT(cert-err58-cpp)

} // namespace

TEST_CASE("the kernel's network cannot be changed")
{
    CHECK(error_of(take_down_lo) == EPERM);
    CHECK(error_of([] { return ::open("/proc/sys/net/ipv4/conf/all/arp_ignore", O_WRONLY); }) ==
          EPERM);
    CHECK(error_of([] { return ::socket(AF_PACKET, SOCK_RAW, 0); }) == EPERM);
}

TEST_CASE("what was given up does not come back")
{
    CHECK(error_of([] {
              __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
              std::array<__user_cap_data_struct, 2> sets{};
              sets[0] = {1U << CAP_NET_ADMIN, 1U << CAP_NET_ADMIN, 0};
              return ::syscall(SYS_capset, &header, sets.data());
          }) == EPERM);
    CHECK(error_of([] { return ::execl("/bin/true", "true", nullptr); }) == EPERM);
    CHECK(error_of([] { return ::unshare(CLONE_NEWUSER); }) == EPERM);
}

TEST_CASE("no file can be written, made, removed or renamed")
{
    const test::TemporaryDirectory directory;
    const std::string file = directory.path() / "ledger";
    std::ofstream{file} << "content";
    for (const int flags : {O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC, O_RDONLY | O_CREAT}) {
        CHECK(error_of([&] { return ::open(file.c_str(), flags, 0600); }) == EPERM);
    }
    CHECK(error_of([&] { return ::unlink(file.c_str()); }) == EPERM);
    CHECK(error_of([&] { return ::rename(file.c_str(), (file + "2").c_str()); }) == EPERM);
    CHECK(error_of([&] { return ::link(file.c_str(), (file + "2").c_str()); }) == EPERM);
    CHECK(error_of([&] { return ::open(file.c_str(), O_RDONLY); }) == 0);
}

TEST_CASE("the daemon cannot be touched")
{
    const auto daemon = ::getpid();
    CHECK(error_of([&] { return ::kill(daemon, SIGKILL); }) == EPERM);
    CHECK(error_of([&] { return ::syscall(SYS_tgkill, daemon, daemon, SIGKILL); }) == EPERM);
    CHECK(error_of([&] { return ::ptrace(PTRACE_ATTACH, daemon, 0, 0); }) == EPERM);
    CHECK(error_of([&] {
              int value = 0;
              iovec local{&value, sizeof value};
              return ::process_vm_writev(daemon, &local, 1, &local, 1, 0);
          }) == EPERM);
    CHECK(error_of([&] { return ::syscall(SYS_pidfd_open, daemon, 0); }) == EPERM);
    CHECK(error_of([&] {
              const rlimit none{};
              return ::prlimit(daemon, RLIMIT_NOFILE, &none, nullptr);
          }) == EPERM);
    CHECK(error_of([&] {
              return ::open(("/proc/" + std::to_string(daemon) + "/mem").c_str(), O_RDWR);
          }) == EPERM);
}

TEST_CASE("what a front needs it may do")
{
    CHECK(error_of([] {
              const auto socket = ::socket(AF_INET, SOCK_STREAM, 0);
              const sockaddr_in low_port{AF_INET, htons(81), {htonl(INADDR_LOOPBACK)}, {}};
              sockaddr_storage address{};
              std::memcpy(&address, &low_port, sizeof low_port);
              return ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof low_port);
          }) == 0);
    CHECK(error_of([] { return ::socket(AF_UNIX, SOCK_STREAM, 0); }) == 0);
    CHECK(error_of([] {
              std::signal(SIGABRT, [](int) { std::_Exit(0); });
              return ::raise(SIGABRT);
          }) == 0);
}
