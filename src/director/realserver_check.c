// realserver-check: asks the realserverd of a real server whether it may get new connections, for
// keepalived's MISC_CHECK and ldirectord's external check. See realserver-check(8).
#include "answer.h"
#include "command_line.h"
#include "exchange.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

// To keepalived with misc_dynamic each status from 2 to 255 is a weight: nothing else may use one.
enum {
    status_serve = 0,
    status_down = 1,
    status_quiesce = 2,
};

static void give_up(int signal)
{
    (void)signal;
    _exit(status_down);
}

// ldirectord reads a death by signal as exit status 0, "serves": never die of one.
static void survive_signals(void)
{
    static const int deadly[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGILL,  SIGTRAP,  SIGABRT,
                                 SIGBUS,  SIGFPE,  SIGUSR1, SIGSEGV, SIGUSR2,  SIGALRM,
                                 SIGTERM, SIGXCPU, SIGSYS,  SIGPROF, SIGVTALRM};
    struct sigaction action = {.sa_handler = give_up};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i != sizeof deadly / sizeof *deadly; ++i) {
        sigaction(deadly[i], &action, NULL);
    }
    action.sa_handler = SIG_IGN; // standard error may be a closed pipe or a full file
    sigaction(SIGPIPE, &action, NULL);
    sigaction(SIGXFSZ, &action, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL); // SIGALRM, should our parent have blocked it
}

// Should the deadline of the exchange ever be missed.
static void set_last_resort(unsigned milliseconds)
{
    const unsigned later = milliseconds + 500;
    const struct itimerval alarm = {
        .it_value = {.tv_sec = later / 1000, .tv_usec = (suseconds_t)(later % 1000) * 1000}};
    setitimer(ITIMER_REAL, &alarm, NULL);
}

static struct answer failed(const char* reason)
{
    struct answer answer = {.verdict = verdict_down};
    snprintf(answer.reason, sizeof answer.reason, "%s", reason);
    return answer;
}

static struct answer ask(const struct command_line* wanted)
{
    char request[256];
    char buffer[8192];
    struct target target;
    const char* failure = NULL;
    if (!read_target(wanted->address, wanted->port, &target)) {
        return failed("is no numeric IP address");
    }
    snprintf(request, sizeof request,
             "GET /health%s%s HTTP/1.0\r\nUser-Agent: realserver-check/" PROJECT_VERSION
             "\r\nConnection: close\r\n\r\n",
             *wanted->role == '\0' ? "" : "/", wanted->role);
    const long length =
        exchange(&target, request, buffer, sizeof buffer, wanted->milliseconds, &failure);
    return length < 0 ? failed(failure)
                      : parse_answer(buffer, (size_t)length, *wanted->role != '\0');
}

static int status_for(enum verdict verdict, bool weights)
{
    if (verdict == verdict_serve) {
        return status_serve;
    }
    return verdict == verdict_quiesce && weights ? status_quiesce : status_down;
}

int main(int argc, char* argv[])
{
    survive_signals();
    struct command_line wanted;
    switch (read_command_line(argc, argv, &wanted)) {
    case line_bad:
        return status_down;
    case line_answered:
        return status_serve;
    case line_good:
        break;
    }
    set_last_resort(wanted.milliseconds);
    const struct answer answer = ask(&wanted);
    if (answer.verdict != verdict_serve && !wanted.quiet) {
        fprintf(stderr, "realserver-check: %s: %s\n", wanted.address, answer.reason);
    }
    return status_for(answer.verdict, wanted.weights);
}
