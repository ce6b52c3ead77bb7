/* method_copy.h - messages that are forwarded or copied. */
#ifndef SIMULATOR_METHOD_COPY_H
#define SIMULATOR_METHOD_COPY_H

#include "simulator/call.h"

method_fn method_forward_message;
method_fn method_forward_messages;
method_fn method_copy_message;
method_fn method_copy_messages;

#endif
