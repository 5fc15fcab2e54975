#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A compiled expression; any number of threads may match with one.
typedef struct dw_re2 dw_re2;

/// A match or a group of it, in byte offsets; -1 for a group that took no part.
typedef struct dw_re2_span {
    int64_t start;
    int64_t end;
} dw_re2_span;

/// Null only when memory is short: an expression that is wrong has an error code.
dw_re2 *dw_re2_create(const char *pattern, size_t length, bool ignores_case, bool dot_matches_newline, int64_t max_memory);
void dw_re2_destroy(dw_re2 *self);

/// Zero, or one of RE2's error codes.
int dw_re2_error(const dw_re2 *self);
/// A sentence for the code, in the words that Go has for it, as Prometheus says it; a static string.
const char *dw_re2_message(int code);
/// The part of the pattern that is wrong; lives as long as the expression.
const char *dw_re2_error_argument(const dw_re2 *self, size_t *length);

/// Groups that capture, without the whole match.
int dw_re2_group_count(const dw_re2 *self);
/// Null for a group without a name.
const char *dw_re2_group_name(const dw_re2 *self, int group);

/// Fills `count` spans: the match, then its groups. `anchored`: from the first byte to the last.
bool dw_re2_match(const dw_re2 *self, const uint8_t *text, size_t length, bool anchored, dw_re2_span *spans, int count);
/// The leftmost match that begins at `from` or later.
bool dw_re2_next(const dw_re2 *self, const uint8_t *text, size_t from, size_t length, dw_re2_span *spans, int count);
/// The first place of a plain string; -1 without one.
int64_t dw_re2_find(const uint8_t *text, size_t length, const uint8_t *wanted, size_t wanted_length);

#ifdef __cplusplus
}
#endif
