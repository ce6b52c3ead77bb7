/* method_chat_settings.h - what administrators set of a chat: title, description, what all may do,
 * titles and tags of members, channels that may not speak. */
#ifndef SIMULATOR_METHOD_CHAT_SETTINGS_H
#define SIMULATOR_METHOD_CHAT_SETTINGS_H

#include "simulator/call.h"

method_fn method_set_chat_title;
method_fn method_set_chat_description;
method_fn method_set_chat_photo;
method_fn method_delete_chat_photo;
method_fn method_set_chat_permissions;
method_fn method_set_custom_title;
method_fn method_set_member_tag;
method_fn method_ban_sender_chat;
method_fn method_unban_sender_chat;

#endif
