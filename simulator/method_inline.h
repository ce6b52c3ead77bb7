/* method_inline.h - answers to inline queries. */
#ifndef SIMULATOR_METHOD_INLINE_H
#define SIMULATOR_METHOD_INLINE_H

#include "simulator/call.h"

method_fn method_answer_inline_query;

#endif
