// Runs a command and stands between its first process and the kernel: at the Nth system call from
// an order on, that process is killed, or the call fails with an errno. After every one of its
// calls that may change anything the injector looks whether a VIP is bound while ARP would tell of
// it. What the kernel holds changes only by calls, so that no moment is missed. Children and
// threads are let be.
//
//   syscall_injector CONTROL VIP[,VIP...] DEVICE COMMAND...
//
// CONTROL is a descriptor of a socketpair of packets, for orders:
//   arm N ERRNO WHICH   counts from here; at call N kills (ERRNO 0) or fails it; N 0: only counts.
//                       WHICH calls count, of all but the dynamic loader's: every, sends, files
//                       (those that write such as a disk holds), or changed: those before which
//                       something outside of the process may have become different. A kill at any
//                       of the others is the same as one there.
//   state               is answered by `calls N hit NR ORDINAL done|spared|none idle MS open TEXT`
// The same line is said when the process has ended.
#include "announced.hpp"
#include "arp_invariant.hpp"
#include "call_kinds.hpp"

#include <linux/seccomp.h>

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

namespace {

using rs::fail;
using rs::UniqueFd;
using Clock = std::chrono::steady_clock;

// Of the process that is looked after; one, since signals have to find it.
pid_t process = 0;

void pass_on(int signal)
{
    ::kill(process, signal);
}

class Injector {
public:
    Injector(int control, rs::ArpInvariant invariant)
        : control_{control}, invariant_{std::move(invariant)}
    {}

    int run(char** command)
    {
        start(command);
        std::array<pollfd, 3> ready{
            {{listener_.value(), POLLIN, 0}, {control_, POLLIN, 0}, {ended_.value(), POLLIN, 0}}};
        while (ready[2].revents == 0) {
            if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) {
                fail("poll");
            }
            if (ready[1].revents != 0 && !take_order()) {
                ::kill(process, SIGKILL);
                ready[1].fd = -1;
            }
            if ((ready[0].revents & POLLIN) != 0) { // after the order that it may be meant by
                take_call();
            } else if (ready[0].revents != 0) { // no more calls; its end may take the kernel long
                ready[0].fd = -1;
            }
        }
        int status{};
        ::waitpid(process, &status, 0);
        look();
        tell();
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

private:
    void start(char** command)
    {
        auto announced = rs::announce(command);
        process = announced.process;
        ended_ = std::move(announced.ended);
        listener_ = std::move(announced.listener);
        for (const auto signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR2}) {
            std::signal(signal, pass_on);
        }
    }

    void take_call()
    {
        seccomp_notif call{};
        if (::ioctl(listener_.value(), SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) {
            return; // it has been killed meanwhile
        }
        seccomp_notif_resp answer{};
        answer.id = call.id;
        answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        if (static_cast<pid_t>(call.pid) == process) {
            if (changed_) { // by the call before
                look();
            }
            last_ = Clock::now();
            ++ordinals_[call.data.nr];
            const bool counts = this->counts(call.data);
            changed_ = !rs::changes_nothing(call.data);
            calls_ += counts ? 1 : 0;
            if (counts && calls_ == wanted_ && !strike(call.data, answer)) {
                return;
            }
        }
        ::ioctl(listener_.value(), SECCOMP_IOCTL_NOTIF_SEND, &answer);
    }

    bool counts(const seccomp_data& call)
    {
        if (!loader_ && call.nr != SYS_execve) {
            loader_.emplace(process);
        }
        if (!loader_ || loader_->makes(call)) {
            return false;
        }
        if (which_ == "files") {
            return rs::writes_file(call, process);
        }
        return which_ == "sends" ? rs::sends(call) : which_ != "changed" || changed_;
    }

    // False: nobody is there any more to be answered.
    bool strike(const seccomp_data& call, seccomp_notif_resp& answer)
    {
        hit_ = call.nr;
        hit_ordinal_ = ordinals_[hit_];
        spared_ = error_ != 0 && rs::never_fails(call, process);
        if (error_ == 0) {
            ::kill(process, SIGKILL);
            return false;
        }
        if (!spared_) {
            answer.flags = 0;
            // brk() says so by another break than was wanted.
            answer.error = call.nr == SYS_brk ? 0 : -error_;
        }
        return true;
    }

    void look()
    {
        if (open_.empty()) {
            open_ = invariant_.violation();
        }
    }

    bool take_order()
    {
        std::array<char, 64> text{};
        const auto length = ::recv(control_, text.data(), text.size() - 1, MSG_DONTWAIT);
        if (length <= 0) {
            return length < 0 && errno == EAGAIN;
        }
        std::istringstream words{text.data()};
        std::string order;
        words >> order;
        if (order == "arm") {
            words >> wanted_ >> error_ >> which_;
            changed_ = true;
            calls_ = 0;
            ordinals_.clear();
            return true;
        }
        look();
        tell();
        return true;
    }

    void tell()
    {
        const auto idle =
            std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - last_).count();
        std::ostringstream line;
        line << "calls " << calls_ << " hit " << hit_ << ' ' << hit_ordinal_ << ' '
             << (hit_ < 0  ? "none"
                 : spared_ ? "spared"
                           : "done")
             << " idle " << idle << " open " << open_;
        const auto text = line.str();
        ::send(control_, text.data(), text.size(), MSG_NOSIGNAL);
    }

    int control_;
    rs::ArpInvariant invariant_;
    UniqueFd listener_;
    UniqueFd ended_;
    long calls_ = 0;
    long wanted_ = 0;
    int error_ = 0;
    int hit_ = -1;
    long hit_ordinal_ = 0;
    bool spared_ = false;
    std::string which_;
    std::optional<rs::Loader> loader_;
    bool changed_ = true;
    std::map<int, long> ordinals_;
    Clock::time_point last_ = Clock::now();
    std::string open_;
};

} // namespace

int main(int argc, char** argv)
{
    if (argc < 5) {
        std::fputs("usage: syscall_injector CONTROL VIP[,VIP...] DEVICE COMMAND...\n", stderr);
        return 2;
    }
    try {
        return Injector{std::atoi(argv[1]), rs::ArpInvariant{argv[2], argv[3]}}.run(argv + 4);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "syscall_injector: %s\n", error.what());
        return 2;
    }
}
