#include "shim.h"

int dogwatch_deflate_init(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
}

int dogwatch_inflate_init(z_stream *stream) {
    return inflateInit2(stream, MAX_WBITS + 32);
}
