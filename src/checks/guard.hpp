#pragma once

namespace rs::checks {

// How a command ended.
struct Ended {
    enum class How : int { exited, killed, not_started };
    How how{};
    int code{}; // exit status, signal or errno
};

// What the guard of one command works with.
struct Guarded {
    char* const* words;       // execve's
    char* const* environment; // execve's
    int output;               // becomes the command's standard output and error
    int result;               // gets one Ended, or nothing if the command could not be guarded
    int parent;               // the process that has made the guard
};

// The life of a process of its own, between the one that runs checks and one command: starts the
// command, waits for it or for SIGTERM, then kills whatever has come of it, be it in a session of
// its own or orphaned: orphans become children of the guard (PR_SET_CHILD_SUBREAPER). SIGTERM also
// comes when the parent ends. Called between fork and exec: allocates nothing.
[[noreturn]] void guard(const Guarded& guarded) noexcept;

} // namespace rs::checks
