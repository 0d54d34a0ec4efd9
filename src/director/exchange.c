#include "exchange.h"

#include "answer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char too_late[] = "does not answer in time";

// A connection, and when all that is done with it must be over.
struct line {
    int socket;
    long long deadline; // milliseconds of CLOCK_MONOTONIC
    const char* failure;
};

static long long now(void)
{
    struct timespec time = {0};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (long long)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static bool fails(struct line* line, const char* why)
{
    line->failure = why;
    return false;
}

// Waits for `events`; false: the time is over.
static bool await(struct line* line, short events)
{
    for (;;) {
        const long long left = line->deadline - now();
        struct pollfd waited = {.fd = line->socket, .events = events};
        const int ready = left <= 0 ? 0 : poll(&waited, 1, (int)left);
        if (ready > 0) {
            return true;
        }
        if (ready == 0) {
            return fails(line, too_late);
        }
        if (errno != EINTR) {
            return fails(line, strerror(errno));
        }
    }
}

static bool open_line(struct line* line, const struct target* target)
{
    line->socket = socket(target->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (line->socket < 0) {
        return fails(line, strerror(errno));
    }
    if (connect(line->socket, (const struct sockaddr*)&target->address, target->length) == 0) {
        return true;
    }
    if (errno != EINPROGRESS) {
        return fails(line, strerror(errno));
    }
    if (!await(line, POLLOUT)) {
        return false;
    }
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(line->socket, SOL_SOCKET, SO_ERROR, &error, &length) != 0) {
        error = errno;
    }
    return error == 0 || fails(line, strerror(error));
}

static bool send_all(struct line* line, const char* bytes)
{
    size_t left = strlen(bytes);
    while (left != 0) {
        const ssize_t sent = send(line->socket, bytes, left, MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes += sent;
            left -= (size_t)sent;
        } else if (errno != EAGAIN && errno != EINTR) {
            return fails(line, strerror(errno));
        } else if (!await(line, POLLOUT)) {
            return false;
        }
    }
    return true;
}

static bool receive_all(struct line* line, char* buffer, size_t size, size_t* length)
{
    while (!answer_is_whole(buffer, *length)) {
        if (*length == size) {
            return fails(line, "answers too much");
        }
        if (!await(line, POLLIN)) {
            return false;
        }
        const ssize_t received = recv(line->socket, buffer + *length, size - *length, 0);
        if (received == 0) {
            return true;
        }
        if (received > 0) {
            *length += (size_t)received;
        } else if (errno != EAGAIN && errno != EINTR) {
            return fails(line, strerror(errno));
        }
    }
    return true;
}

int read_target(const char* text, unsigned port, struct target* target)
{
    char bare[128];
    const size_t length = strlen(text);
    const bool bracketed = length >= 2 && text[0] == '[' && text[length - 1] == ']';
    if (length >= sizeof bare) {
        return 0;
    }
    snprintf(bare, sizeof bare, "%.*s", (int)(bracketed ? length - 2 : length), text + bracketed);
    memset(target, 0, sizeof *target);
    struct sockaddr_in* v4 = (struct sockaddr_in*)&target->address;
    if (!bracketed && inet_pton(AF_INET, bare, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((in_port_t)port);
        target->length = sizeof *v4;
        return 1;
    }
    // For the zone; with these flags it is as local as inet_pton().
    const struct addrinfo hints = {.ai_family = AF_INET6,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo* found = NULL;
    if (getaddrinfo(bare, NULL, &hints, &found) != 0) {
        return 0;
    }
    memcpy(&target->address, found->ai_addr, found->ai_addrlen);
    target->length = found->ai_addrlen;
    ((struct sockaddr_in6*)&target->address)->sin6_port = htons((in_port_t)port);
    freeaddrinfo(found);
    return 1;
}

long exchange(const struct target* target, const char* request, char* buffer, size_t size,
              unsigned milliseconds, const char** failure)
{
    struct line line = {.socket = -1, .deadline = now() + milliseconds};
    size_t length = 0;
    const bool done = open_line(&line, target) && send_all(&line, request) &&
                      receive_all(&line, buffer, size, &length);
    *failure = line.failure;
    if (line.socket >= 0) {
        close(line.socket);
    }
    return done ? (long)length : -1;
}
