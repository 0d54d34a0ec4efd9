#include "message.h"

#include <string.h>
#include <strings.h>

static bool starts_with(struct text text, const char* word)
{
    return text.length >= strlen(word) && memcmp(text.start, word, strlen(word)) == 0;
}

bool next_line(struct text* rest, struct text* line)
{
    const char* end = rest->length == 0 ? NULL : memchr(rest->start, '\n', rest->length);
    if (end == NULL) {
        return false;
    }
    const size_t length = (size_t)(end - rest->start);
    line->start = rest->start;
    line->length = length != 0 && end[-1] == '\r' ? length - 1 : length;
    rest->start += length + 1;
    rest->length -= length + 1;
    return true;
}

// A decimal number of at most nine digits, and nothing else but blanks around it; -1: it is not.
static long number(struct text text)
{
    while (text.length != 0 && (*text.start == ' ' || *text.start == '\t')) {
        text.start++;
        text.length--;
    }
    while (text.length != 0 &&
           (text.start[text.length - 1] == ' ' || text.start[text.length - 1] == '\t')) {
        text.length--;
    }
    if (text.length == 0 || text.length > 9) {
        return -1;
    }
    long value = 0;
    for (size_t i = 0; i != text.length; ++i) {
        if (text.start[i] < '0' || text.start[i] > '9') {
            return -1;
        }
        value = value * 10 + (text.start[i] - '0');
    }
    return value;
}

static int status_of(struct text line)
{
    if (!starts_with(line, "HTTP/1.") || line.length < 12 || line.start[8] != ' ' ||
        (line.length > 12 && line.start[12] != ' ')) {
        return 0;
    }
    const long status = number((struct text){line.start + 9, 3});
    return status < 100 ? 0 : (int)status;
}

static void read_header(struct text line, struct message* message)
{
    static const char name[] = "content-length:";
    const size_t length = sizeof name - 1;
    if (line.length <= length || strncasecmp(line.start, name, length) != 0) {
        return;
    }
    const long size = number((struct text){line.start + length, line.length - length});
    if (size < 0) {
        message->status = 0;
    } else {
        message->sized = true;
        message->size = (size_t)size;
    }
}

struct message read_message(const char* bytes, size_t length)
{
    struct message message = {0};
    struct text rest = {bytes, length};
    struct text line;
    if (!next_line(&rest, &line)) {
        return message;
    }
    message.status = status_of(line);
    while (next_line(&rest, &line)) {
        if (line.length == 0) {
            message.headed = true;
            break;
        }
        read_header(line, &message);
    }
    message.body = rest;
    return message;
}
