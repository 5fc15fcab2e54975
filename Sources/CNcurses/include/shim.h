// What Swift cannot reach in ncurses (macros, variadics, C globals), and the only code that runs in a signal handler.
#pragma once
#define _XOPEN_SOURCE_EXTENDED 1
#define NCURSES_WIDECHAR 1
#include <ncurses.h>
#include <stdint.h>
#include <termios.h>

// Attributes, as the macros are not imported.
static inline uint32_t dw_attr_bold(void) { return (uint32_t)A_BOLD; }
static inline uint32_t dw_attr_dim(void) { return (uint32_t)A_DIM; }
static inline uint32_t dw_attr_italic(void) { return (uint32_t)A_ITALIC; }
static inline uint32_t dw_attr_underline(void) { return (uint32_t)A_UNDERLINE; }
static inline uint32_t dw_attr_reverse(void) { return (uint32_t)A_REVERSE; }

static inline int dw_colors(void) { return COLORS; }
static inline int dw_color_pairs(void) { return COLOR_PAIRS; }
static inline WINDOW *dw_stdscr(void) { return stdscr; }

// `setcchar` without its checks: up to three scalars of which the last may be zero.
static inline void dw_cell(cchar_t *cell, uint32_t base, uint32_t first, uint32_t second, uint32_t attributes, int pair) {
    cell->attr = (attr_t)attributes | (attr_t)((pair < 256 ? pair : 255) << 8);
    cell->chars[0] = (wchar_t)base;
    cell->chars[1] = (wchar_t)first;
    cell->chars[2] = (wchar_t)second;
    cell->chars[3] = 0;
    cell->ext_color = pair;
}

// A string capability; NULL where the terminal has none.
const char *dw_capability(const char *name);
// newterm on these descriptors, which it goes on using; NULL for an unknown terminal.
SCREEN *dw_newterm(const char *term, int output, int input);
void dw_free_streams(void);
char **dw_environment(void);
// The columns this machine's locale gives a scalar; -1 for what it does not know.
int dw_width(uint32_t scalar);

// The wake pipe: signals write their number, dw_wake a zero. Returns the end to read, or -1.
int dw_open_pipe(void);
void dw_wake(void);

// Non-zero where somebody takes note of crashes already: the Swift runtime, where it found its backtracer.
int dw_reports_crashes(void);

// Takes TERM HUP INT QUIT WINCH TSTP CONT into the pipe and the fatal ones into a handler that restores the terminal first.
void dw_catch_signals(void);
// Puts back what was there before dw_catch_signals.
void dw_release_signals(void);
// SIGTSTP with its usual effect, for this process group.
void dw_stop_group(void);

// A file in memory that is only appended to; -1 where there is none.
int dw_open_memory(void);
// What restores the terminal: bytes for `tty`, its settings, where descriptors 1 and 2 went, and the file whose end is then told on 2
// (each -1 where there is none). Restoring is idempotent and safe in a handler.
void dw_arm_restore(int tty, const struct termios *settings, const char *bytes, int count, int output, int error, int kept);
void dw_restore(void);
