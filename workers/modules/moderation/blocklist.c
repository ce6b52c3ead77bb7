/* blocklist.c - words, phrases and patterns that a group does not want to read, each with what
 * happens then. */
#include <stdlib.h>
#include <string.h>

#include "workers/module.h"
#include "workers/modules/moderation/entries.h"
#include "workers/modules/moderation/rule.h"

#define PREFIX "block/"
#define ENTRY_MAX (STORE_KEY_MAX - (sizeof(PREFIX) - 1))
#define LISTED_MAX 100
#define OF_THE_LIST "-"

struct blocklist_options {
	struct action action;
	bool trial;
};

static const struct field options[] = {
	ACTION_FIELD(struct blocklist_options, action, N_("what happens to blocked words"),
		     .preset = "delete", .admin = RIGHT_RESTRICT_MEMBERS),
	BOOLEAN_FIELD(struct blocklist_options, trial, N_("only tell the log what would happen"),
		      .preset = "off", .admin = RIGHT_RESTRICT_MEMBERS),
	END_OF_FIELDS(struct blocklist_options),
};

/* --- the rule --------------------------------------------------------------------------------- */

static bool build_matcher(struct ctx *ctx, struct holder holder, struct derived *out)
{
	return entries_build(ctx, holder, PREFIX, out);
}

/* An entry's own action is kept as "kind seconds delete". */
static struct action action_of(struct ctx *ctx, const char *kept)
{
	const struct blocklist_options *chosen = ctx_options(ctx);
	struct action action = chosen->action;
	char *rest;

	if (!kept || strcmp(kept, OF_THE_LIST) == 0)
		return action;
	action.kind = (enum action_kind)strtol(kept, &rest, 10);
	action.seconds = strtoll(rest, &rest, 10);
	action.delete_message = strtol(rest, &rest, 10) != 0;
	return action;
}

/* Whatever else happens, it goes. */
static struct action with_deletion(struct action action)
{
	action.delete_message = action.kind > ACTION_DELETE;
	return action;
}

/* Why, and what happens then; NULL: nothing of the list is in the text. */
static const char *find(struct ctx *ctx, const void *matcher, size_t size, const char *text,
			struct action *action)
{
	struct match match;

	if (!entries_find(ctx, matcher, size, text, &match))
		return NULL;
	*action = with_deletion(action_of(
		ctx, store_find(ctx, THIS_CHAT, ctx_printf(ctx, PREFIX "%s", match.name))));
	return ctx_printf(ctx, "%s: %s", _("block list"), match.name);
}

static enum verdict check(struct ctx *ctx, const struct message *message)
{
	const struct blocklist_options *chosen = ctx_options(ctx);
	size_t size;
	const void *matcher = ctx_derived(ctx, THIS_CHAT, "matcher", build_matcher, &size);
	struct action action;
	const char *reason;

	if (!matcher)
		return FAIL;
	if (!size)
		return PASS;
	if (rule_album_goes(ctx, message))
		return DONE;
	reason = find(ctx, matcher, size, rule_text(ctx, message), &action);
	return reason ? rule_enforce(ctx, message, action, reason, chosen->trial) : PASS;
}

static const char *find_in_name(struct ctx *ctx, const char *name, struct action *action)
{
	size_t size;
	const void *matcher = ctx_derived(ctx, THIS_CHAT, "matcher", build_matcher, &size);

	return matcher && size ? find(ctx, matcher, size, name, action) : NULL;
}

static enum verdict check_name(struct ctx *ctx, const struct member_change *change)
{
	const struct blocklist_options *chosen = ctx_options(ctx);

	return rule_check_name(ctx, change, find_in_name, chosen->trial);
}

static enum verdict check_request(struct ctx *ctx, const struct join_request *request)
{
	const struct blocklist_options *chosen = ctx_options(ctx);

	return rule_check_request(ctx, request, find_in_name, chosen->trial);
}

static enum verdict check_joined(struct ctx *ctx, const struct service_message *service)
{
	const struct blocklist_options *chosen = ctx_options(ctx);

	return rule_check_joined(ctx, service, find_in_name, chosen->trial);
}

/* --- the list --------------------------------------------------------------------------------- */

struct block_values {
	struct action action;
	const char *words;
};

static const struct field new_entries[] = {
	ACTION_FIELD(struct block_values, action, N_("what happens"), .optional = true),
	TEXT_FIELD(struct block_values, words, N_("words")),
	END_OF_FIELDS(struct block_values),
};

static const struct field old_entries[] = {
	TEXT_FIELD(struct block_values, words, N_("words")),
	END_OF_FIELDS(struct block_values),
};

/* The next line without the spaces around it; NULL after the last. */
static const char *next_line(struct ctx *ctx, const char **at)
{
	size_t length;
	const char *line;

	*at += strspn(*at, " \t\n");
	if (!**at)
		return NULL;
	length = strcspn(*at, "\n");
	line = *at;
	*at += length;
	while (length && line[length - 1] == ' ')
		length--;
	return ctx_printf(ctx, "%.*s", (int)length, line);
}

static const char *fault_of(struct ctx *ctx, const char *line)
{
	if (strlen(line) > ENTRY_MAX)
		return _("is too long");
	return matcher_takes(ctx_state(ctx), line)
		       ? NULL
		       : _("needs words, and with * or ? three letters side by side");
}

static enum verdict block(struct ctx *ctx, const struct command *cmd)
{
	const struct block_values *values = cmd->values;
	const struct action *action = &values->action;
	const char *at = values->words, *line, *kept = OF_THE_LIST;
	struct draft *draft = ctx_draft(ctx);
	uint64_t count = 0;

	if (action->kind != ACTION_NONE)
		kept = ctx_printf(ctx, "%d %lld %d", (int)action->kind, (long long)action->seconds,
				  action->delete_message);
	while ((line = next_line(ctx, &at))) {
		const char *fault = fault_of(ctx, line);

		if (fault)
			draft_add(draft, "“%s” %s.\n", line, fault);
		else if (!store_set(ctx, THIS_CHAT, ctx_printf(ctx, PREFIX "%s", line), kept))
			return FAIL;
		else
			count++;
	}
	draft_add(draft,
		  ctx_plural(ctx, "One entry is on the block list.",
			     "%llu entries are on the block list.", count),
		  (unsigned long long)count);
	return draft_reply(draft);
}

static enum verdict unblock(struct ctx *ctx, const struct command *cmd)
{
	const struct block_values *values = cmd->values;
	const char *at = values->words, *line;
	struct draft *draft = ctx_draft(ctx);
	uint64_t count = 0;

	while ((line = next_line(ctx, &at))) {
		const char *key = ctx_printf(ctx, PREFIX "%.*s", (int)ENTRY_MAX, line);

		if (!store_find(ctx, THIS_CHAT, key))
			draft_add(draft, _("“%s” is not on the block list.\n"), line);
		else if (!store_set(ctx, THIS_CHAT, key, NULL))
			return FAIL;
		else
			count++;
	}
	draft_add(draft, ctx_plural(ctx, "One entry is gone.", "%llu entries are gone.", count),
		  (unsigned long long)count);
	return draft_reply(draft);
}

static enum verdict list(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);
	const char *key = NULL, *value;
	uint64_t count = 0;

	(void)cmd;
	draft_add(draft, "<b>%s</b>", _("Block list"));
	for (; store_each(ctx, THIS_CHAT, PREFIX, &key, &value); count++)
		if (count < LISTED_MAX)
			draft_add(draft, "\n• <code>%s</code>", key + strlen(PREFIX));
	if (count > LISTED_MAX)
		draft_add(draft, _("\n… and %llu more"), (unsigned long long)(count - LISTED_MAX));
	if (!count)
		return ctx_reply(ctx, _("Nothing is on the block list."));
	return draft_reply(draft);
}

#define BLOCKERS .group = true, .admin = RIGHT_RESTRICT_MEMBERS

static const struct route routes[] = {
	MESSAGE(check, .group = true, .first = 40),
	EDITED(check, .group = true, .first = 40),
	MEMBER(check_name, .group = true, .first = 6),
	JOIN_REQUEST(check_request, .first = 6),
	SERVICE("new_chat_members", check_joined, .group = true),
	COMMAND("block addblock addblocklist", block, BLOCKERS, .arguments = new_entries,
		.help = N_("put words on the block list, one entry a line")),
	COMMAND("unblock rmblock rmblocklist", unblock, BLOCKERS, .arguments = old_entries,
		.help = N_("take words off the block list")),
	COMMAND("blocklist", list, .group = true, .admin = RIGHT_ADMIN,
		.help = N_("show the block list")),
	END_OF_ROUTES,
};

const struct module blocklist_module = {
	.name = "blocklist",
	.title = N_("Block list"),
	.icon = "⛔",
	.about = N_("An entry is a word, a phrase, or a pattern in which * stands for any letters "
		    "and ? for one. Look-alike "
		    "letters are the same, and names of who joins are looked at, too. /block mute "
		    "1h free money* says what happens; without "
		    "that the list's own action does."),
	.open = entries_open,
	.close = entries_close,
	.options = options,
	.routes = routes,
};
