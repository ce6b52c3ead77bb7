/* method_topics.h - the topics of forums. */
#ifndef SIMULATOR_METHOD_TOPICS_H
#define SIMULATOR_METHOD_TOPICS_H

#include "simulator/call.h"

method_fn method_create_forum_topic;
method_fn method_edit_forum_topic;
method_fn method_close_forum_topic;
method_fn method_reopen_forum_topic;
method_fn method_delete_forum_topic;
method_fn method_unpin_all_forum_topic_messages;
method_fn method_edit_general_forum_topic;
/* Close, reopen, hide, unhide: the method's name says which. */
method_fn method_general_forum_topic;
method_fn method_get_forum_topic_icon_stickers;

#endif
