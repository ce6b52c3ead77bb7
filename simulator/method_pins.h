/* method_pins.h - pinned messages. */
#ifndef SIMULATOR_METHOD_PINS_H
#define SIMULATOR_METHOD_PINS_H

#include "simulator/call.h"

method_fn method_pin_chat_message;
method_fn method_unpin_chat_message;
method_fn method_unpin_all_chat_messages;

#endif
