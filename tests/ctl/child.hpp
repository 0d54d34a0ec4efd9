#pragma once
#include "event/loop.hpp"
#include "util/unique_fd.hpp"

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace rs::test {

// realserverctl ($REALSERVERCTL) as a process, whose output is read while the loop runs.
class Child {
public:
    struct Options {
        bool terminal = false;                  // standard output is a terminal
        std::optional<uid_t> user{};            // runs as that user (needs root)
        std::vector<std::string> environment{}; // "NAME=VALUE", besides what is there
    };

    Child(Loop& loop, const std::vector<std::string>& arguments, const Options& options);

    Child(Loop& loop, const std::vector<std::string>& arguments) : Child(loop, arguments, Options{})
    {}

    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child(); // kills it if need be

    // Runs the loop until it has ended: its exit status, or -SIGNAL.
    [[nodiscard]] int wait();
    // Runs the loop until it has said `text`; false if it ends without, or takes too long.
    [[nodiscard]] bool says(const std::string& text);
    // Whether it has already said so.
    [[nodiscard]] bool said(const std::string& text);
    void signal(int number) const;

    std::string out;
    std::string err;

private:
    // What has come in so far; whether more may come.
    bool gather();

    Loop& loop_;
    pid_t process_ = -1;
    UniqueFd out_;
    UniqueFd err_;
};

} // namespace rs::test
