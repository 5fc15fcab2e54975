#ifndef DOGWATCH_CDEFLATE_SHIM_H
#define DOGWATCH_CDEFLATE_SHIM_H

#include <libdeflate.h>

#endif
