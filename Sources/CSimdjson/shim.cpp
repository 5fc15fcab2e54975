#include "shim.h"
extern "C" int dw_simdjson_present(void) { return 1; }
