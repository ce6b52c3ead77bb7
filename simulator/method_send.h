/* method_send.h - sendMessage and sendChatAction. */
#ifndef SIMULATOR_METHOD_SEND_H
#define SIMULATOR_METHOD_SEND_H

#include "simulator/call.h"

method_fn method_send_message;
method_fn method_send_chat_action;

#endif
