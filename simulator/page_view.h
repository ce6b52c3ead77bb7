/* page_view.h - what a page shows, as JSON: messages with all that people see of them, chats with
 * their members, people. */
#ifndef SIMULATOR_PAGE_VIEW_H
#define SIMULATOR_PAGE_VIEW_H

#include "common/json.h"
#include "simulator/messages.h"
#include "simulator/world.h"

struct sim;

#define PAGE_CHATS_MAX 300  /* in a list, the busiest of late */
#define PAGE_PEOPLE_MAX 400 /* in a list, the newest */
#define PAGE_MEMBERS_MAX 200

/* {"index": its order in the chat, "message": Message, "by_bot", "service", "reactions": …} */
void page_write_message(struct json *json, const struct sim *sim, const struct message *message);
/* {"id", "index", "from", "text", "date"}: one line of the list of chats. */
void page_write_last(struct json *json, const struct sim *sim, const struct chat *chat);
/* An array of the chats without their messages, `always` among them (NULL: none). */
void page_write_chats(struct json *json, const struct sim *sim, const struct chat *always);
void page_write_people(struct json *json, const struct sim *sim);
/* The chat with members, topics and what the bot may. */
void page_write_chat(struct json *json, const struct sim *sim, const struct chat *chat);
/* At most `count` messages of the chat whose index is less than `before`, oldest first. Returns
 * whether there are more. */
bool page_write_history(struct json *json, const struct sim *sim, const struct chat *chat,
			size_t before, size_t count);

#endif
