/* inline_message.h - messages that people send via the bot: it knows them by inline_message_id. */
#ifndef SIMULATOR_INLINE_MESSAGE_H
#define SIMULATOR_INLINE_MESSAGE_H

#include <jansson.h>

#include "simulator/control_request.h"
#include "simulator/messages.h"
#include "simulator/queries.h"

#define INLINE_MESSAGE_ID_SIZE 64

void inline_message_id(const struct message *message, char out[INLINE_MESSAGE_ID_SIZE]);
/* NULL when there is none. */
struct message *inline_message_find(struct sim *sim, const char *id);
/* The person of the query sends the result there; the bot gets chosen_inline_result, and the
 * message where it may see it. */
void inline_message_post(struct control_request *request, const struct query *query,
			 const json_t *result, struct chat *chat);

#endif
