/* methods.h - the methods by subject; methods.c has the table. */
#ifndef SIMULATOR_METHODS_H
#define SIMULATOR_METHODS_H

#include "simulator/call.h"

/* send.c */
method_fn method_send_message;
method_fn method_send_document;
method_fn method_send_chat_action;
/* edit.c */
method_fn method_edit_message_text;
method_fn method_edit_message_reply_markup;
method_fn method_edit_message_caption;
method_fn method_delete_message;
method_fn method_delete_messages;
method_fn method_answer_callback_query;
method_fn method_touch_message;
/* chats.c */
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
/* bot.c */
method_fn method_get_me;
method_fn method_set_my_commands;
method_fn method_get_my_commands;
method_fn method_delete_my_commands;
method_fn method_answer_inline_query;
method_fn method_answer_query;
/* poll.c, webhook.c */
method_fn poll_get_updates;
method_fn method_set_webhook;
method_fn method_delete_webhook;
method_fn method_get_webhook_info;

#endif
