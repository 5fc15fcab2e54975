#include "shim.h"

#include <cstring>
#include <new>
#include <re2/re2.h>
#include <vector>

struct dw_re2 {
    RE2 expression;
    dw_re2(re2::StringPiece pattern, const RE2::Options &options) : expression(pattern, options) {}
};

extern "C" dw_re2 *dw_re2_create(const char *pattern, size_t length, bool ignores_case, bool dot_matches_newline, int64_t max_memory) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_case_sensitive(!ignores_case);
    options.set_dot_nl(dot_matches_newline);
    options.set_max_mem(max_memory);
    return new (std::nothrow) dw_re2(re2::StringPiece(pattern, length), options);
}

extern "C" void dw_re2_destroy(dw_re2 *self) { delete self; }

extern "C" int dw_re2_error(const dw_re2 *self) { return self->expression.error_code(); }

extern "C" const char *dw_re2_message(int code) {
    switch (code) {
    case RE2::ErrorBadEscape: return "invalid escape sequence";
    case RE2::ErrorBadCharClass: return "invalid character class";
    case RE2::ErrorBadCharRange: return "invalid character class range";
    case RE2::ErrorMissingBracket: return "missing closing ]";
    case RE2::ErrorMissingParen: return "missing closing )";
    case RE2::ErrorUnexpectedParen: return "unexpected )";
    case RE2::ErrorTrailingBackslash: return "trailing backslash at end of expression";
    case RE2::ErrorRepeatArgument: return "missing argument to repetition operator";
    case RE2::ErrorRepeatSize: return "invalid repeat count";
    case RE2::ErrorRepeatOp: return "invalid nested repetition operator";
    case RE2::ErrorBadPerlOp: return "invalid or unsupported Perl syntax";
    case RE2::ErrorBadUTF8: return "invalid UTF-8";
    case RE2::ErrorBadNamedCapture: return "invalid named capture";
    case RE2::ErrorPatternTooLarge: return "expression too large";
    default: return "expression can't be compiled";
    }
}

extern "C" const char *dw_re2_error_argument(const dw_re2 *self, size_t *length) {
    const std::string &argument = self->expression.error_arg();
    *length = argument.size();
    return argument.data();
}

extern "C" int dw_re2_group_count(const dw_re2 *self) { return self->expression.NumberOfCapturingGroups(); }

extern "C" const char *dw_re2_group_name(const dw_re2 *self, int group) {
    const auto &names = self->expression.CapturingGroupNames();
    auto found = names.find(group);
    return found == names.end() ? nullptr : found->second.c_str();
}

static bool match(
    const dw_re2 *self, const uint8_t *text, size_t from, size_t length, RE2::Anchor anchor, dw_re2_span *spans, int count) {
    // RE2 takes a null text for no match of a group, so an empty one gets an address.
    const char *start = text ? reinterpret_cast<const char *>(text) : "";
    re2::StringPiece few[4];
    std::vector<re2::StringPiece> many;
    re2::StringPiece *groups = few;
    if (count > 4) {
        many.resize(size_t(count));
        groups = many.data();
    }
    if (!self->expression.Match(re2::StringPiece(start, length), from, length, anchor, groups, count)) return false;
    for (int i = 0; i < count; i++) {
        bool is_matched = groups[i].data() != nullptr;
        spans[i].start = is_matched ? groups[i].data() - start : -1;
        spans[i].end = is_matched ? spans[i].start + int64_t(groups[i].size()) : -1;
    }
    return true;
}

extern "C" bool dw_re2_match(const dw_re2 *self, const uint8_t *text, size_t length, bool anchored, dw_re2_span *spans, int count) {
    return match(self, text, 0, length, anchored ? RE2::ANCHOR_BOTH : RE2::UNANCHORED, spans, count);
}

extern "C" bool dw_re2_next(const dw_re2 *self, const uint8_t *text, size_t from, size_t length, dw_re2_span *spans, int count) {
    return from <= length && match(self, text, from, length, RE2::UNANCHORED, spans, count);
}

extern "C" int64_t dw_re2_find(const uint8_t *text, size_t length, const uint8_t *wanted, size_t wanted_length) {
    if (wanted_length == 0) return 0;
    if (length < wanted_length) return -1;
    const void *found = memmem(text, length, wanted, wanted_length);
    return found ? static_cast<const uint8_t *>(found) - text : -1;
}
