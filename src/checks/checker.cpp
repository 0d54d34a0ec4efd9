#include "checks/checker.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace rs {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds first_pause = 100ms;
constexpr std::chrono::milliseconds longest_pause = 30s;
constexpr auto lived_well = 30s; // whoever ran for that long is started again without delay
constexpr auto longest_silence = 20s;
constexpr auto send_again = 50ms;
constexpr std::size_t most_unsent = std::size_t{16} * 1024 * 1024;

} // namespace

Checker::Checker(Loop& loop, OnOutcome on_outcome, OnProblem on_problem, std::string program)
    : loop_{loop},
      on_outcome_{std::move(on_outcome)},
      on_problem_{std::move(on_problem)},
      program_{std::move(program)},
      retry_{loop.timer([this] { worker_ ? flush() : start(); })},
      silence_{loop.timer([this] { lose("has not been heard of for 20s"); })},
      pause_{first_pause}
{}

void Checker::configure(const Config& config)
{
    std::map<checks::Id, Entry> wanted;
    bool news = false;
    for (const auto& role : config.roles) {
        for (std::size_t index = 0; index != role.checks.size(); ++index) {
            Entry entry{role.name, index, role.checks[index]};
            const auto known = known_id(entry, wanted);
            news = news || !known;
            wanted.emplace(known ? *known : ++last_id_, std::move(entry));
        }
    }
    news = news || wanted.size() != entries_.size();
    entries_ = std::move(wanted);
    if (entries_.empty()) {
        end();
        retry_->disarm();
        problem_.clear();
    } else if (!worker_) {
        start();
    } else if (news) {
        send_orders();
    }
}

std::optional<checks::Id> Checker::known_id(const Entry& entry,
                                            const std::map<checks::Id, Entry>& taken) const
{
    const auto known = std::ranges::find_if(entries_, [&](const auto& pair) {
        return pair.second.role == entry.role && pair.second.check == entry.check &&
               !taken.contains(pair.first);
    });
    return known == entries_.end() ? std::nullopt : std::optional{known->first};
}

std::vector<std::string> Checker::problems() const
{
    return problem_.empty() ? std::vector<std::string>{} : std::vector{problem_};
}

void Checker::start()
{
    try {
        worker_ = std::make_unique<checks::Worker>(program_);
    } catch (const std::system_error& error) {
        lose(std::string{"cannot be started: "} + error.what());
        return;
    }
    started_ = Clock::now();
    readable_ = loop_.on_readable(worker_->socket(), [this] { receive(); });
    silence_->arm(started_ + longest_silence);
    send_orders();
}

void Checker::end()
{
    silence_->disarm();
    if (readable_) {
        readable_->disarm(); // it may be the caller, and goes with the next start
    }
    worker_.reset();
    lines_ = {};
    unsent_.clear();
}

void Checker::lose(const std::string& why)
{
    const bool ran_well = worker_ && Clock::now() - started_ > lived_well;
    end();
    pause_ = ran_well ? first_pause : std::min(pause_ * 2, longest_pause);
    retry_->arm(Clock::now() + pause_);
    problem_ = "checks do not run: " + program_ + ' ' + why;
    on_problem_(problem_);
}

void Checker::send_orders()
{
    for (const auto& [id, entry] : entries_) {
        unsent_ += encode(checks::Order{id, entry.check});
    }
    unsent_ += encode(checks::Complete{entries_.size()});
    flush();
}

void Checker::flush()
{
    while (!unsent_.empty()) {
        const auto sent =
            ::send(worker_->socket(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            unsent_.erase(0, static_cast<std::size_t>(sent));
        } else if (errno != EINTR) {
            break; // if it is gone, it cannot be read either
        }
    }
    if (unsent_.size() > most_unsent) {
        lose("does not read its orders");
    } else if (!unsent_.empty()) {
        retry_->arm(Clock::now() + send_again);
    }
}

void Checker::receive()
{
    std::array<char, 16384> bytes{};
    const auto got = ::recv(worker_->socket(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (got <= 0) {
        lose("has ended");
        return;
    }
    lines_.append({bytes.data(), static_cast<std::size_t>(got)});
    // A callback may configure anew, and so end the process.
    for (auto line = lines_.next(); line && worker_; line = lines_.next()) {
        const auto message = checks::decode_message(*line);
        if (!message) {
            lose("speaks another language");
            return;
        }
        take(*message);
    }
    if (lines_.too_long()) {
        lose("speaks without end");
    }
}

void Checker::take(const checks::Message& message)
{
    silence_->arm(Clock::now() + longest_silence);
    problem_.clear();
    const auto* report = std::get_if<checks::Report>(&message);
    if (report == nullptr) {
        return;
    }
    // Of a check that has been taken away since, nobody wants to know.
    if (const auto found = entries_.find(report->id); found != entries_.end()) {
        on_outcome_({found->second.role, found->second.index, report->ok, report->text});
    }
}

} // namespace rs
