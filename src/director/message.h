#pragma once
#include <stdbool.h>
#include <stddef.h>

// An HTTP answer taken apart (RFC 9112), as far as it is there. Pure; points into the bytes given.

// A piece of the answer; not terminated.
struct text {
    const char* start;
    size_t length;
};

struct message {
    int status;  // of the status line; 0: this is no HTTP answer
    bool headed; // the empty line after the headers is there
    bool sized;  // and a good Content-Length among them
    size_t size;
    struct text body;
};

struct message read_message(const char* bytes, size_t length);

// Cuts the next line, without its CR LF or LF, off the front of `rest`; false: no whole line is
// left.
bool next_line(struct text* rest, struct text* line);
