/* method_chats.h - the methods that look at chats and change who is in them. */
#ifndef SIMULATOR_METHOD_CHATS_H
#define SIMULATOR_METHOD_CHATS_H

#include "simulator/call.h"

method_fn method_get_chat;

#endif
