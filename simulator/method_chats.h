/* method_chats.h - the methods that look at chats and change who is in them. */
#ifndef SIMULATOR_METHOD_CHATS_H
#define SIMULATOR_METHOD_CHATS_H

#include "simulator/call.h"

method_fn method_get_chat;
method_fn method_get_chat_member;
method_fn method_get_chat_administrators;
method_fn method_get_chat_member_count;
method_fn method_leave_chat;
method_fn method_ban_chat_member;
method_fn method_unban_chat_member;
method_fn method_restrict_chat_member;
method_fn method_promote_chat_member;
method_fn method_approve_chat_join_request;
method_fn method_decline_chat_join_request;

#endif
