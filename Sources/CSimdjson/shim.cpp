#include "shim.h"

#include <new>
#include <simdjson.h>

struct dw_json_parser {
    simdjson::dom::parser parser;
    size_t max_depth;
    dw_json_parser(size_t max_bytes, size_t depth) : parser(max_bytes), max_depth(depth) {}
};

extern "C" size_t dw_json_padding(void) { return simdjson::SIMDJSON_PADDING; }

extern "C" dw_json_parser *dw_json_create(size_t max_bytes, size_t max_depth) {
    return new (std::nothrow) dw_json_parser(max_bytes, max_depth);
}

extern "C" void dw_json_destroy(dw_json_parser *parser) { delete parser; }

extern "C" int dw_json_parse(dw_json_parser *self, const uint8_t *bytes, size_t length, size_t slack, dw_json_tape *tape) {
    auto &parser = self->parser;
    if (parser.max_depth() != self->max_depth || parser.capacity() < length) {
        // Grown in steps, so that lines of slowly rising length do not allocate each time.
        size_t wanted = parser.capacity() < 4096 ? 4096 : parser.capacity();
        while (wanted < length && wanted <= SIZE_MAX / 2) wanted *= 2;
        if (wanted > parser.max_capacity()) wanted = parser.max_capacity();
        if (wanted < length) return simdjson::CAPACITY;
        if (auto error = parser.allocate(wanted, self->max_depth)) return error;
    }
    simdjson::dom::element root;
    if (auto error = parser.parse(bytes, length, slack < simdjson::SIMDJSON_PADDING).get(root)) return error;
    tape->words = parser.doc.tape.get();
    // The root word holds the index of its closing partner, the last word of the tape.
    tape->word_count = size_t(tape->words[0] & 0x00FFFFFFFFFFFFFFull);
    tape->strings = parser.doc.string_buf.get();
    return 0;
}

extern "C" const char *dw_json_message(int code) {
    switch (code) {
    case simdjson::CAPACITY: return "the text is too long";
    case simdjson::MEMALLOC: return "memory is short";
    case simdjson::DEPTH_ERROR: return "it is nested too deep";
    case simdjson::STRING_ERROR: return "a string is not well formed";
    case simdjson::T_ATOM_ERROR: case simdjson::F_ATOM_ERROR: case simdjson::N_ATOM_ERROR: return "a word is neither true, false nor null";
    case simdjson::NUMBER_ERROR: return "a number is not well formed or too large";
    case simdjson::UTF8_ERROR: return "it is not UTF-8";
    case simdjson::EMPTY: return "it is empty";
    case simdjson::UNESCAPED_CHARS: return "a string holds a bare control character";
    case simdjson::UNCLOSED_STRING: return "a string does not end";
    default: return "it ends early, or a bracket, comma or colon is missing or out of place";
    }
}
