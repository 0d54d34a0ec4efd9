#pragma once
#include <stdbool.h>

// What realserver-check is asked to do; the strings point into argv.
struct command_line {
    const char* address;
    char role[33]; // "" asks for the node
    unsigned port;
    unsigned milliseconds;
    bool weights; // the caller takes 2 for weight 0 (keepalived); else it knows up and down only
    bool quiet;
};

enum line_outcome {
    line_good,
    line_answered, // --help or --version
    line_bad,      // said so on standard error
};

enum line_outcome read_command_line(int argc, char* argv[], struct command_line* line);
