/* method_invites.h - invite links, and what becomes of requests to join. */
#ifndef SIMULATOR_METHOD_INVITES_H
#define SIMULATOR_METHOD_INVITES_H

#include "simulator/call.h"

method_fn method_export_invite_link;
method_fn method_create_invite_link;
method_fn method_edit_invite_link;
method_fn method_create_subscription_link;
method_fn method_edit_subscription_link;
method_fn method_revoke_invite_link;
method_fn method_approve_chat_join_request;
method_fn method_decline_chat_join_request;
method_fn method_answer_join_query;
method_fn method_send_join_web_app;

#endif
