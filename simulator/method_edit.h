/* method_edit.h - the methods that change what was sent, and answer pressed buttons. */
#ifndef SIMULATOR_METHOD_EDIT_H
#define SIMULATOR_METHOD_EDIT_H

#include "simulator/call.h"

method_fn method_edit_message_text;
method_fn method_edit_message_reply_markup;
method_fn method_edit_message_caption;
method_fn method_edit_message_media;
method_fn method_delete_message;
method_fn method_delete_messages;
method_fn method_answer_callback_query;

#endif
