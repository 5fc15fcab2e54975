#ifndef DOGWATCH_CZLIB_SHIM_H
#define DOGWATCH_CZLIB_SHIM_H

#include <zlib.h>

// The initialisers are macros, which Swift cannot call.

/// Makes gzip.
int dogwatch_deflate_init(z_stream *stream, int level);
/// Reads gzip or zlib, whichever comes.
int dogwatch_inflate_init(z_stream *stream);

#endif
