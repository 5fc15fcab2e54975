#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// simdjson's DOM parser and the memory it reuses; one thread at a time.
typedef struct dw_json_parser dw_json_parser;

/// What a parse left behind, valid until the next parse or the parser's end. The format of both is simdjson's, documented in its doc/tape.md.
typedef struct dw_json_tape {
    const uint64_t *words;
    size_t word_count;
    const uint8_t *strings;
} dw_json_tape;

/// Bytes that must be readable behind a text that is to be parsed in place.
size_t dw_json_padding(void);
/// Null when memory is short.
dw_json_parser *dw_json_create(size_t max_bytes, size_t max_depth);
void dw_json_destroy(dw_json_parser *parser);
/// Parses `length` bytes, of which `slack` more may be read; copies them first where that is less than the padding. 0 or an error code.
int dw_json_parse(dw_json_parser *parser, const uint8_t *bytes, size_t length, size_t slack, dw_json_tape *tape);
/// A sentence for an error code; a static string.
const char *dw_json_message(int code);

#ifdef __cplusplus
}
#endif
