/* part_members.c - who joins and leaves. */
#include "tests/modules/conversation.h"
#include "tests/modules/part.h"
#include "tests/modules/script.h"
#include "tests/modules/updates.h"

static bool take_group(struct conversation *conversation, const char **at, struct action *action,
		       struct why *why)
{
	return take_chat(&conversation->world, at, &action->group, why);
}

/* Bot API "ChatMemberUpdated". */
static json_t *member_change(struct conversation *conversation, const struct action *action,
			     const char *before, const char *after)
{
	return json_pack("{s:o,s:o,s:I,s:{s:o,s:s},s:{s:o,s:s}}", "chat", update_chat(action),
			 "from", update_person(action->person), "date",
			 (json_int_t)world_now(&conversation->world), "old_chat_member", "user",
			 update_person(action->person), "status", before, "new_chat_member", "user",
			 update_person(action->person), "status", after);
}

static json_t *joins(struct conversation *conversation, const struct action *action,
		     struct why *why)
{
	(void)why;
	return member_change(conversation, action, "left", "member");
}

static json_t *leaves(struct conversation *conversation, const struct action *action,
		      struct why *why)
{
	(void)why;
	return member_change(conversation, action, "member", "left");
}

static const struct word words[] = {
	{ "joins", take_group, KIND_CHAT_MEMBER, joins },
	{ "leaves", take_group, KIND_CHAT_MEMBER, leaves },
	{ 0 },
};

extern const struct part members_part;
const struct part members_part = { .words = words };
