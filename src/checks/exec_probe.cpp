#include "checks/exec_probe.hpp"

#include "checks/text.hpp"
#include "config/command_line.hpp"

#include <fcntl.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace rs::checks {
namespace {

constexpr std::size_t most_text = 512;

using Strings = std::vector<std::string>;

// As systemd gives it to a service.
Strings environment()
{
    return {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
            "HOME=/"};
}

// As execve() wants them, which changes none of them.
std::vector<char*> pointers(Strings& strings)
{
    std::vector<char*> result;
    for (auto& string : strings) {
        result.push_back(string.data());
    }
    result.push_back(nullptr);
    return result;
}

} // namespace

void LeftGuards::reap()
{
    std::erase_if(guards_, [](pid_t guard) { return ::waitpid(guard, nullptr, WNOHANG) != 0; });
}

ExecProbe::ExecProbe(Loop& loop, LeftGuards& left, const std::string& command_line)
    : loop_{loop}, left_{left}, launch_{loop.timer([this] { launch(); })}
{
    auto words = split_words(command_line);
    if (!words) {
        throw std::invalid_argument{command_line};
    }
    words_ = std::move(*words);
}

ExecProbe::~ExecProbe()
{
    if (guard_ != 0) {
        ::kill(guard_, SIGTERM);
        left_.add(guard_);
    }
}

ExecProbe::Pipe ExecProbe::make_pipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
        throw std::system_error(errno, std::generic_category(), "pipe2");
    }
    ::fcntl(ends[1], F_SETFL, 0); // a command expects to be able to write
    return {UniqueFd{ends[0]}, UniqueFd{ends[1]}};
}

void ExecProbe::start(Done done)
{
    done_ = std::move(done);
    if (guard_ == 0) {
        launch();
    } // else when what the last run has started is gone
}

void ExecProbe::launch()
{
    left_.reap();
    running_ = true;
    text_.clear();
    try {
        auto output = make_pipe();
        auto result = make_pipe();
        spawn(output, result);
        output_ = std::move(output.read);
        result_ = std::move(result.read);
    } catch (const std::system_error& error) {
        running_ = false;
        done_({false, std::string{"cannot be started: "} + error.what()});
        return;
    }
    output_watch_ = loop_.on_readable(output_.value(), [this] { read_output(); });
    result_watch_ = loop_.on_readable(result_.value(), [this] { end(); });
}

void ExecProbe::spawn(const Pipe& output, const Pipe& result)
{
    const auto words = pointers(words_);
    auto variable_texts = environment();
    const auto variables = pointers(variable_texts);
    const Guarded guarded{words.data(), variables.data(), output.write.value(),
                          result.write.value(), ::getpid()};
    const auto process = ::fork();
    if (process == 0) {
        guard(guarded);
    }
    if (process < 0) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
    guard_ = process;
}

// All of it, so that the command never waits for a reader.
void ExecProbe::read_output()
{
    std::array<char, 4096> bytes{};
    ssize_t got{};
    while ((got = ::read(output_.value(), bytes.data(), bytes.size())) > 0) {
        const auto room = most_text - text_.size();
        text_.append(bytes.data(), std::min(room, static_cast<std::size_t>(got)));
    }
    if (got == 0) {
        output_watch_->disarm();
    }
}

void ExecProbe::end()
{
    Ended ended{Ended::How::not_started, ECHILD};
    static_cast<void>(::read(result_.value(), &ended, sizeof ended));
    read_output();
    output_watch_->disarm();
    result_watch_->disarm();
    output_ = UniqueFd{};
    result_ = UniqueFd{};
    // Its last words were these; a guard that writes before its end (no such program) ends at once.
    ::waitpid(guard_, nullptr, 0);
    guard_ = 0;
    if (std::exchange(running_, false)) {
        done_(finding(ended));
    } else if (done_) {
        launch_->arm(Clock::now()); // not now: a watch must not be replaced by its own callback
    }
}

void ExecProbe::cancel()
{
    done_ = nullptr;
    running_ = false;
    launch_->disarm();
    if (guard_ != 0) {
        ::kill(guard_, SIGTERM);
    }
}

Finding ExecProbe::finding(const Ended& ended) const
{
    if (ended.how == Ended::How::not_started) {
        return {false, words_.front() + ": " + error_text(ended.code)};
    }
    const bool ok = ended.how == Ended::How::exited && ended.code == 0;
    auto text = (ended.how == Ended::How::exited ? "exit status " : "killed by signal ") +
                std::to_string(ended.code);
    if (const auto line = first_line(text_); !ok && !line.empty()) {
        text += ": " + line;
    }
    return {ok, text};
}

} // namespace rs::checks
