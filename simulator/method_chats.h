/* method_chats.h - the methods that look at chats and change who is in them. */
#ifndef SIMULATOR_METHOD_CHATS_H
#define SIMULATOR_METHOD_CHATS_H

#include "simulator/call.h"

method_fn method_get_chat;
method_fn method_approve_chat_join_request;
method_fn method_decline_chat_join_request;

#endif
