#pragma once
#include <stdbool.h>
#include <stddef.h>

// What a health answer means to a director. Pure: bytes in, verdict out.

enum verdict {
    verdict_serve,   // new connections are welcome
    verdict_quiesce, // alive, but no new connections: draining or drained
    verdict_down,    // anything else, and whatever is not understood
};

struct answer {
    enum verdict verdict;
    char reason[96]; // one line without control characters; "" with verdict_serve
};

// Whether `bytes` hold all of an HTTP answer that says how long it is; false: read on until the
// end of the stream.
bool answer_is_whole(const char* bytes, size_t length);

// `bytes` are all that came before the end of the stream. `one_role`: the body is the state of one
// role, else a line "NAME: STATE" for each role of the node.
struct answer parse_answer(const char* bytes, size_t length, bool one_role);
