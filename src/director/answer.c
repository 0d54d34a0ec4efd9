#include "answer.h"

#include "message.h"

#include <stdio.h>
#include <string.h>

static bool equals(struct text text, const char* word)
{
    return text.length == strlen(word) && memcmp(text.start, word, text.length) == 0;
}

bool answer_is_whole(const char* bytes, size_t length)
{
    const struct message message = read_message(bytes, length);
    return message.headed && message.sized && message.body.length >= message.size;
}

static struct answer down(const char* reason)
{
    struct answer answer = {verdict_down, ""};
    snprintf(answer.reason, sizeof answer.reason, "%s", reason);
    return answer;
}

// The verdict and the reason for a state; what is no state of ours is down.
static struct answer judge_state(struct text state)
{
    static const struct {
        const char* word;
        enum verdict verdict;
    } states[] = {
        {"serving", verdict_serve},  {"draining", verdict_quiesce}, {"drained", verdict_quiesce},
        {"unhealthy", verdict_down}, {"degraded", verdict_down},    {"stopped", verdict_down},
    };

    for (size_t i = 0; i != sizeof states / sizeof *states; ++i) {
        if (equals(state, states[i].word)) {
            struct answer answer = {states[i].verdict, ""};
            if (answer.verdict != verdict_serve) {
                snprintf(answer.reason, sizeof answer.reason, "%s", states[i].word);
            }
            return answer;
        }
    }
    return down("answers what is no state");
}

static bool is_role_name(struct text name)
{
    for (size_t i = 0; i != name.length; ++i) {
        const char byte = name.start[i];
        if (!((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-')) {
            return false;
        }
    }
    return name.length >= 1 && name.length <= 32;
}

static struct answer judge_line(struct text line)
{
    const char* colon = line.length == 0 ? NULL : memchr(line.start, ':', line.length);
    const struct text name = {line.start, colon == NULL ? 0 : (size_t)(colon - line.start)};
    if (!is_role_name(name) || line.length < name.length + 2 || colon[1] != ' ') {
        return down("answers what is no list of roles");
    }
    struct answer answer = judge_state((struct text){colon + 2, line.length - name.length - 2});
    if (answer.verdict != verdict_serve) {
        char state[sizeof answer.reason];
        memcpy(state, answer.reason, sizeof state);
        snprintf(answer.reason, sizeof answer.reason, "%.*s: %.32s", (int)name.length, name.start,
                 state);
    }
    return answer;
}

// The worst of its roles; a node without any has nothing that could take a connection.
static struct answer judge_node(struct text body)
{
    struct answer worst = down("has no role");
    struct text line;
    if (equals(body, "no roles\n")) {
        return worst;
    }
    for (bool first = true; next_line(&body, &line); first = false) {
        const struct answer answer = judge_line(line);
        if (first || answer.verdict > worst.verdict) {
            worst = answer;
        }
    }
    return body.length == 0 ? worst : down("breaks off in a line");
}

// No state is the beginning of another: the line's end need not be there.
static struct answer judge_role(struct text body)
{
    struct text line;
    if (!next_line(&body, &line)) {
        return body.length == 0 ? down("breaks off its answer") : judge_state(body);
    }
    return body.length == 0 ? judge_state(line) : down("answers what is no state");
}

struct answer parse_answer(const char* bytes, size_t length, bool one_role)
{
    struct message message = read_message(bytes, length);
    if (message.status == 0) {
        return down(length == 0 ? "ends the connection without an answer" : "answers no HTTP");
    }
    if (message.status == 403) {
        return down("refuses to tell this host (403): see health.allow there");
    }
    if (message.status == 404) {
        return down(one_role ? "has no such role (404)" : "has no such page (404)");
    }
    if (!message.headed || (message.sized && message.body.length < message.size)) {
        return down("breaks off its answer");
    }
    if (message.sized) {
        message.body.length = message.size;
    }
    if (message.status != 200 && message.status != 503) {
        struct answer answer = {verdict_down, ""};
        snprintf(answer.reason, sizeof answer.reason, "answers HTTP %d", message.status);
        return answer;
    }
    const struct answer answer = one_role ? judge_role(message.body) : judge_node(message.body);
    if (answer.verdict != verdict_down &&
        (message.status == 200) != (answer.verdict == verdict_serve)) {
        return down("contradicts itself: the status is not that of its body");
    }
    return answer;
}
