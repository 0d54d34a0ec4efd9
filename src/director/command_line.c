#include "command_line.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: realserver-check [OPTION...] ADDRESS\n"
    "       realserver-check [OPTION...] VIP|FWMARK VPORT ADDRESS PORT\n"
    "\n"
    "Asks the realserverd at ADDRESS whether it may get new connections.\n"
    "\n"
    "  -p, --port PORT     where it listens (9180)\n"
    "  -r, --role ROLE     ask for one role; default: all of its roles\n"
    "  -t, --timeout TIME  hard limit for all of it, as 3s or 500ms (3s)\n"
    "  -q, --quiet         say nothing on standard error\n"
    "  -h, --help          show this and exit\n"
    "      --version       show the version and exit\n"
    "\n"
    "Exit status with one address, for keepalived's MISC_CHECK with misc_dynamic:\n"
    "0 serving, 2 draining or drained (weight 0), 1 anything else.\n"
    "With ldirectord's four arguments: 0 serving, 1 anything else.\n"
    "\n"
    "ldirectord cannot pass options: called as realserver-check@ROLE, or\n"
    "realserver-check@ROLE:PORT (a symbolic link), it asks for that role.\n";

static bool refuse(const char* what, const char* value, const char* allowed)
{
    fprintf(stderr, "realserver-check: %s '%s': %s\n", what, value, allowed);
    return false;
}

// A whole decimal number of at most seven digits at the start of `text`; `*end` is what follows.
static unsigned digits(const char* text, const char** end)
{
    unsigned value = 0;
    const char* at = text;
    for (; *at >= '0' && *at <= '9' && at - text < 7; ++at) {
        value = value * 10 + (unsigned)(*at - '0');
    }
    *end = at;
    return value;
}

static bool read_port(const char* text, struct command_line* line)
{
    const char* end = NULL;
    line->port = digits(text, &end);
    return (*end == '\0' && line->port >= 1 && line->port <= 65535) ||
           refuse("port", text, "expected 1 to 65535");
}

static bool read_role(const char* text, struct command_line* line)
{
    const size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
    if (length == 0 || length >= sizeof line->role || text[length] != '\0') {
        return refuse("role", text, "expected 1 to 32 of a-z, 0-9 and -");
    }
    memcpy(line->role, text, length + 1);
    return true;
}

static bool read_timeout(const char* text, struct command_line* line)
{
    const char* unit = NULL;
    const unsigned value = digits(text, &unit);
    const bool seconds = strcmp(unit, "s") == 0;
    const bool good = unit != text && (seconds || strcmp(unit, "ms") == 0) && value <= 60000;
    line->milliseconds = seconds ? value * 1000 : value;
    return (good && line->milliseconds >= 10 && line->milliseconds <= 60000) ||
           refuse("timeout", text, "expected 10ms to 60s, like 3s or 500ms");
}

// "realserver-check@ROLE:PORT", each part optional: all that ldirectord's checkcommand can say.
static bool read_own_name(const char* path, struct command_line* line)
{
    const char* slash = strrchr(path, '/');
    const char* at = strchr(slash == NULL ? path : slash, '@');
    if (at == NULL) {
        return true;
    }
    char role[64];
    const size_t length = strcspn(at + 1, ":");
    if (length >= sizeof role) {
        return refuse("role", at + 1, "expected 1 to 32 of a-z, 0-9 and -");
    }
    snprintf(role, sizeof role, "%.*s", (int)length, at + 1);
    const char* port = at[1 + length] == ':' ? at + 2 + length : NULL;
    return (length == 0 || read_role(role, line)) && (port == NULL || read_port(port, line));
}

static bool read_addresses(int count, char* words[], struct command_line* line)
{
    if (count != 1 && count != 4) {
        fputs("realserver-check: expected an address, or ldirectord's four arguments;"
              " see realserver-check --help\n",
              stderr);
        return false;
    }
    line->weights = count == 1;
    line->address = words[count == 1 ? 0 : 2];
    return true;
}

static enum line_outcome read_option(int option, struct command_line* line)
{
    bool good = false;
    switch (option) {
    case 'p':
        good = read_port(optarg, line);
        break;
    case 'r':
        good = read_role(optarg, line);
        break;
    case 't':
        good = read_timeout(optarg, line);
        break;
    case 'q':
        good = line->quiet = true;
        break;
    case 'h':
        fputs(help, stdout);
        return line_answered;
    case 'V':
        puts("realserver-check " PROJECT_VERSION);
        return line_answered;
    default:
        break; // getopt_long() has said what is wrong
    }
    return good ? line_good : line_bad;
}

enum line_outcome read_command_line(int argc, char* argv[], struct command_line* line)
{
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'},
        {"role", required_argument, NULL, 'r'},
        {"timeout", required_argument, NULL, 't'},
        {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {NULL, 0, NULL, 0},
    };
    *line = (struct command_line){.port = 9180, .milliseconds = 3000};
    if (argc < 1 || !read_own_name(argv[0], line)) {
        return line_bad;
    }
    int option = 0;
    while ((option = getopt_long(argc, argv, "p:r:t:qh", options, NULL)) != -1) {
        const enum line_outcome outcome = read_option(option, line);
        if (outcome != line_good) {
            return outcome;
        }
    }
    return read_addresses(argc - optind, argv + optind, line) ? line_good : line_bad;
}
