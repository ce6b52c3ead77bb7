#include "simulator/action_text.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/linked.h"
#include "simulator/sim.h"
#include "simulator/transcript.h"

static void forward_origin(struct json *json, struct sim *sim, int64_t date)
{
	/* Someone who never wrote here and must not be recorded. */
	const struct person *origin = sim->world.people[sim->world.people_count - 1];

	json_key(json, "forward_origin");
	json_object_start(json);
	json_key_text(json, "type", "user");
	compose_key_person(json, "sender_user", origin);
	json_key_int(json, "date", date - 3600);
	json_object_end(json);
	compose_key_person(json, "forward_from", origin);
	json_key_int(json, "forward_date", date - 3600);
}

/* The entities, for those who look at the message later; NULL: none. */
static char *entities_text(const struct formatted *formatted)
{
	struct buffer out = { 0 };
	struct json json = json_start(&out);
	char *text;

	if (formatted->count == 0)
		return NULL;
	entities_write(&json, formatted);
	text = xstrdup(buffer_text(&out));
	buffer_finish(&out);
	return text;
}

static void keep_entities(struct sim *sim, const struct action *action, int64_t message_id,
			  const struct formatted *formatted)
{
	struct message *message = messages_find(&sim->messages, action->chat, message_id);

	if (!message)
		return;
	free(message->entities);
	message->entities = entities_text(formatted);
}

/* As the person wrote it, or with HTML's formatting if that is well-formed. */
static void format(struct sim *sim, const struct action *action, const char *text,
		   struct formatted *out)
{
	struct why why;

	if (!action->html ||
	    !entities_parse_html(text, strlen(text), &sim->action_arena, out, &why))
		entities_plain(text, strlen(text), &sim->action_arena, out);
	entities_detect(out, &sim->action_arena);
}

struct action_result action_say(struct sim *sim, const struct action *action, const char *text)
{
	struct draft draft = action_draft(sim, action);
	struct action_result result;
	struct json json;
	struct formatted formatted;

	if (!draft.extra)
		arena_reset(&sim->action_arena);
	format(sim, action, text, &formatted);
	draft.message_id = chat_next_message_id(&sim->world, action->chat);
	json = action_json(sim);
	compose_message_start(&json, &draft);
	if (action->forwarded)
		forward_origin(&json, sim, draft.date);
	compose_text(&json, &formatted, "text");
	compose_message_end(&json, NULL);
	transcript_message(sim, action->chat, draft.from ? draft.from : sim->world.bot,
			   formatted.text);
	result = action_queue_message(sim, action, &draft, formatted.text,
				      ledger_ping_number(formatted.text, formatted.length));
	keep_entities(sim, action, draft.message_id, &formatted);
	linked_forward(sim, action->chat, draft.message_id);
	return result;
}

struct action_result action_edit(struct sim *sim, const struct action *action, int64_t message_id,
				 const char *text)
{
	struct draft draft = action_draft(sim, action);
	struct message *message = messages_find(&sim->messages, action->chat, message_id);
	struct json json;
	struct formatted formatted;

	if (!draft.extra)
		arena_reset(&sim->action_arena);
	format(sim, action, text, &formatted);
	draft.message_id = message_id;
	draft.edit_date = draft.date;
	if (message) {
		draft.date = message->date;
		free(message->text);
		message->text = xstrdup(formatted.text);
		message->edit_date = draft.edit_date;
		keep_entities(sim, action, message_id, &formatted);
		messages_changed(&sim->messages, message);
	}
	json = action_json(sim);
	compose_message_start(&json, &draft);
	compose_text(&json, &formatted, "text");
	compose_message_end(&json, NULL);
	return action_queue_message(sim, action, &draft, formatted.text, -1);
}
