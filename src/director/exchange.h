#pragma once
#include <stddef.h>
#include <sys/socket.h>

// One question and its answer over TCP, in bounded time.

struct target {
    struct sockaddr_storage address;
    socklen_t length;
};

// Reads a numeric address, IPv6 also with a zone ("fe80::9%eth0") and in brackets, as ldirectord
// hands it over. False: it is none. Never asks a name server.
int read_target(const char* text, unsigned port, struct target* target);

// Connects, sends `request` and reads until the answer is whole or its stream ends; no longer than
// `milliseconds` for all of it together. The number of bytes read into `buffer`, or -1 with why not
// in `*failure`, which is never freed.
long exchange(const struct target* target, const char* request, char* buffer, size_t size,
              unsigned milliseconds, const char** failure);
