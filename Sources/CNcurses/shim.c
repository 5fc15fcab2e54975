#define _GNU_SOURCE 1
#include "shim.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <term.h>
#include <unistd.h>
#include <wchar.h>

extern char **environ;

static int wake_pipe[2] = {-1, -1};
static FILE *streams[2];

const char *dw_capability(const char *name) {
    const char *text = tigetstr((char *)name);
    return text == (char *)-1 ? NULL : text;
}

SCREEN *dw_newterm(const char *term, int output, int input) {
    if (!streams[0]) streams[0] = fdopen(dup(output), "w");
    if (!streams[1]) streams[1] = fdopen(dup(input), "r");
    if (!streams[0] || !streams[1]) return NULL;
    return newterm((char *)term, streams[0], streams[1]);
}

void dw_free_streams(void) {
    for (int i = 0; i < 2; i++) {
        if (streams[i]) fclose(streams[i]);
        streams[i] = NULL;
    }
}

char **dw_environment(void) { return environ; }

int dw_width(uint32_t scalar) { return wcwidth((wchar_t)scalar); }

int dw_open_pipe(void) {
    if (wake_pipe[0] >= 0) return wake_pipe[0];
    if (pipe(wake_pipe) != 0) return -1;
    for (int i = 0; i < 2; i++) {
        fcntl(wake_pipe[i], F_SETFL, O_NONBLOCK);
        fcntl(wake_pipe[i], F_SETFD, FD_CLOEXEC);
    }
    return wake_pipe[0];
}

static void tell(unsigned char number) {
    int before = errno;
    // A full pipe wakes as well as one byte more would.
    if (wake_pipe[1] >= 0 && write(wake_pipe[1], &number, 1) < 0) {}
    errno = before;
}

void dw_wake(void) { tell(0); }

// Restoring.

static atomic_int armed;
static int restore_tty = -1, restore_output = -1, restore_error = -1, restore_kept = -1;
static struct termios restore_settings;
static char restore_bytes[1024];
static int restore_count;

int dw_open_memory(void) {
    int file = memfd_create("stderr", MFD_CLOEXEC);
    if (file >= 0) fcntl(file, F_SETFL, O_APPEND);
    return file;
}

// At most the last 16 KiB.
static void tell_kept(void) {
    static char chunk[16 * 1024];
    struct stat facts;
    if (restore_kept < 0 || fstat(restore_kept, &facts) != 0) return;
    off_t start = facts.st_size > (off_t)sizeof chunk ? facts.st_size - (off_t)sizeof chunk : 0;
    ssize_t count = pread(restore_kept, chunk, sizeof chunk, start);
    if (count > 0 && write(2, chunk, (size_t)count) < 0) {}
}

void dw_arm_restore(int tty, const struct termios *settings, const char *bytes, int count, int output, int error, int kept) {
    static int registered;
    atomic_store(&armed, 0);
    restore_tty = tty;
    restore_settings = *settings;
    restore_count = count < (int)sizeof restore_bytes ? count : (int)sizeof restore_bytes;
    memcpy(restore_bytes, bytes, (size_t)restore_count);
    restore_output = output;
    restore_error = error;
    if (restore_kept >= 0 && restore_kept != kept) close(restore_kept);
    restore_kept = kept;
    atomic_store(&armed, 1);
    if (!registered) registered = atexit(dw_restore) == 0;
}

void dw_restore(void) {
    if (!atomic_exchange(&armed, 0)) return;
    int done = 0;
    while (done < restore_count) {
        ssize_t written = write(restore_tty, restore_bytes + done, (size_t)(restore_count - done));
        if (written <= 0 && errno != EINTR && errno != EAGAIN) break;
        if (written > 0) done += (int)written;
    }
    // A process in the background would be stopped by this: then the shell has set the terminal already.
    if (tcgetpgrp(restore_tty) == getpgrp()) tcsetattr(restore_tty, TCSADRAIN, &restore_settings);
    if (restore_output >= 0) dup2(restore_output, 1);
    if (restore_error >= 0) dup2(restore_error, 2);
    tell_kept();
}

// Signals.

static const int soft[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT};
static const int fatal[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS};
enum { soft_count = sizeof soft / sizeof *soft, fatal_count = sizeof fatal / sizeof *fatal };
static struct sigaction soft_before[soft_count], fatal_before[fatal_count], pipe_before;
static int caught;
static _Alignas(16) char fatal_stack[64 * 1024];

static void on_soft(int number) { tell((unsigned char)number); }

static void on_fatal(int number, siginfo_t *info, void *context) {
    (void)context;
    dw_restore();
    for (int i = 0; i < fatal_count; i++)
        if (fatal[i] == number) sigaction(number, &fatal_before[i], NULL);
    // A fault fires again by itself where it happened; an abort, and what somebody sent, has to be raised.
    if (number == SIGABRT || number == SIGSYS || info->si_code <= 0) raise(number);
}

int dw_reports_crashes(void) {
    struct sigaction present;
    return sigaction(SIGILL, NULL, &present) == 0 && present.sa_handler != SIG_DFL && present.sa_handler != SIG_IGN;
}

void dw_catch_signals(void) {
    if (caught) return;
    caught = 1;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = on_soft;
    action.sa_flags = SA_RESTART;
    for (int i = 0; i < soft_count; i++) sigaction(soft[i], &action, &soft_before[i]);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, &pipe_before);

    stack_t stack = {.ss_sp = fatal_stack, .ss_size = sizeof fatal_stack, .ss_flags = 0};
    stack_t present;
    // The runtime's backtracer may have one already, which serves as well.
    if (sigaltstack(NULL, &present) == 0 && (present.ss_flags & SS_DISABLE)) sigaltstack(&stack, NULL);
    action.sa_handler = NULL;
    action.sa_sigaction = on_fatal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    for (int i = 0; i < fatal_count; i++) sigaction(fatal[i], &action, &fatal_before[i]);
}

void dw_release_signals(void) {
    if (!caught) return;
    caught = 0;
    for (int i = 0; i < soft_count; i++) sigaction(soft[i], &soft_before[i], NULL);
    for (int i = 0; i < fatal_count; i++) sigaction(fatal[i], &fatal_before[i], NULL);
    sigaction(SIGPIPE, &pipe_before, NULL);
}

void dw_stop_group(void) {
    struct sigaction usual, ours;
    memset(&usual, 0, sizeof usual);
    usual.sa_handler = SIG_DFL;
    sigemptyset(&usual.sa_mask);
    sigaction(SIGTSTP, &usual, &ours);
    kill(0, SIGTSTP);
    // Another thread may be the one that takes the signal: give it a moment to stop us all.
    usleep(20000);
    sigaction(SIGTSTP, &ours, NULL);
}
