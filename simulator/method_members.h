/* method_members.h - methods about the members of a chat: who they are, bans, restrictions and
 * promotions, as set_channel_participant_status and its like in TDLib. */
#ifndef SIMULATOR_METHOD_MEMBERS_H
#define SIMULATOR_METHOD_MEMBERS_H

#include "simulator/call.h"

method_fn method_get_chat_member;
method_fn method_get_chat_administrators;
method_fn method_get_chat_member_count;
method_fn method_leave_chat;
method_fn method_ban_chat_member;
method_fn method_unban_chat_member;
method_fn method_restrict_chat_member;
method_fn method_promote_chat_member;

#endif
