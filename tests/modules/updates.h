/* updates.h - what Telegram would send about an action, as JSON that the caller owns. */
#ifndef TESTS_MODULES_UPDATES_H
#define TESTS_MODULES_UPDATES_H

#include <jansson.h>

#include "common/buffer.h"
#include "common/kind.h"
#include "common/why.h"
#include "tests/modules/world.h"

struct conversation;

/* Bot API "User", "Chat"; update_chat() is where the action is, update_bot() the bot. */
json_t *update_person(const struct person *person);
json_t *update_chat(const struct line_action *action);
json_t *update_group(const struct group *group);
json_t *update_bot(void);
/* "Message" with the action's place, author and what it replies to, without text or any other
 * content. It has the next message id. */
json_t *update_message(struct world *world, const struct line_action *action);

/* What was written, as its text or as the caption of its media. */
void update_set_text(json_t *message, const struct line_action *action);

/* The whole update, packed. False and a reason when it cannot be done here. */
MUST_CHECK bool update_write(struct conversation *conversation, const struct line_action *action,
			     struct buffer *out, enum update_kind *kind, struct why *why);

#endif
