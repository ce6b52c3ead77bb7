/* feds.c - federations: groups that share a list of bans. Whoever is on it gets into none of them.
 */
#include <stdlib.h>
#include <string.h>

#include "workers/module.h"
#include "workers/modules/moderation/words.h"

#define OF_GROUP "fed" /* of a chat: the federation's id */
#define OWN "own"      /* of a person: that of theirs */
#define NAME "name"    /* of the list */
#define OWNER "owner"
#define ADMIN "admin"
#define BAN "ban"
#define ID_MAX (INT64_C(1) << 52)
#define NAME_MAX_BYTES 64
#define GROUPS_A_STEP 20

static struct holder list_of(int64_t fed)
{
	return (struct holder) { .scope = OF_LIST, .id = fed };
}

/* Of the group in hand; 0: none. */
static int64_t fed_here(struct ctx *ctx)
{
	const char *fed = store_find(ctx, THIS_CHAT, OF_GROUP);

	return fed ? strtoll(fed, NULL, 10) : 0;
}

static int64_t fed_of_person(struct ctx *ctx)
{
	const char *fed = store_find(ctx, THIS_PERSON, OWN);

	return fed ? strtoll(fed, NULL, 10) : 0;
}

static const char *name_of(struct ctx *ctx, int64_t fed)
{
	const char *name = store_find(ctx, list_of(fed), NAME);

	return name ? name : "";
}

static bool is_owner(struct ctx *ctx, int64_t fed, const struct user *user)
{
	return fact_find(ctx, list_of(fed), OWNER, user->id, NULL);
}

static bool is_admin(struct ctx *ctx, int64_t fed, const struct user *user)
{
	return is_owner(ctx, fed, user) || fact_find(ctx, list_of(fed), ADMIN, user->id, NULL);
}

/* That of the group, or of the person in their private chat; 0, and they were told: there is none.
 */
static int64_t take_fed(struct ctx *ctx)
{
	int64_t fed = chat_is_group(ctx_find_chat(ctx)) ? fed_here(ctx) : fed_of_person(ctx);

	if (!fed && !ctx_has_failed(ctx))
		ctx_reply(ctx, chat_is_group(ctx_find_chat(ctx))
				       ? _("This group is in no federation.")
				       : _("You have no federation. /newfed makes one."));
	return fed;
}

/* --- making one, joining one ------------------------------------------------------------------ */

struct fed_values {
	const char *name;
	int64_t id;
	const struct user *who;
	const char *reason;
};

static const struct field name_argument[] = {
	TEXT_FIELD(struct fed_values, name, N_("name")),
	END_OF_FIELDS(struct fed_values),
};

static const struct field id_argument[] = {
	INTEGER_FIELD(struct fed_values, id, N_("id of the federation"), .minimum = 1,
		      .maximum = ID_MAX),
	END_OF_FIELDS(struct fed_values),
};

static const struct field whom[] = {
	USER_FIELD(struct fed_values, who, N_("who")),
	END_OF_FIELDS(struct fed_values),
};

static const struct field whom_and_why[] = {
	USER_FIELD(struct fed_values, who, N_("who")),
	TEXT_FIELD(struct fed_values, reason, N_("why"), .optional = true),
	END_OF_FIELDS(struct fed_values),
};

static const struct field maybe_whom[] = {
	USER_FIELD(struct fed_values, who, N_("who"), .optional = true),
	END_OF_FIELDS(struct fed_values),
};

static enum verdict create(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;
	int64_t fed = 1 + ctx_random(ctx, ID_MAX - 1);
	const struct fact owner = { .person = cmd->from->id, .number = 1 };

	if (fed_of_person(ctx))
		return ctx_reply(ctx, _("You have a federation already: <b>%s</b>."),
				 name_of(ctx, fed_of_person(ctx)));
	if (strlen(values->name) > NAME_MAX_BYTES)
		return ctx_reply(ctx, _("That name is too long."));
	if (!store_set(ctx, list_of(fed), NAME, values->name) ||
	    !fact_set(ctx, list_of(fed), OWNER, &owner) ||
	    !store_set(ctx, THIS_PERSON, OWN, ctx_printf(ctx, "%lld", (long long)fed)))
		return FAIL;
	return ctx_reply(ctx,
			 _("The federation <b>%s</b> is made. The owner of a group joins it with "
			   "<code>/joinfed %lld</code>."),
			 values->name, (long long)fed);
}

static enum verdict rename_fed(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;
	int64_t fed = take_fed(ctx);

	if (!fed)
		return ctx_has_failed(ctx) ? FAIL : DONE;
	if (strlen(values->name) > NAME_MAX_BYTES)
		return ctx_reply(ctx, _("That name is too long."));
	if (!store_set(ctx, list_of(fed), NAME, values->name))
		return FAIL;
	return ctx_reply(ctx, _("The federation is called <b>%s</b> now."), values->name);
}

static enum verdict join(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;

	if (!name_of(ctx, values->id)[0])
		return ctx_has_failed(ctx) ? FAIL
					   : ctx_reply(ctx, _("There is no such federation."));
	if (!store_set(ctx, THIS_CHAT, OF_GROUP, ctx_printf(ctx, "%lld", (long long)values->id)))
		return FAIL;
	return ctx_reply(ctx, _("This group is in the federation <b>%s</b> now."),
			 name_of(ctx, values->id));
}

static enum verdict leave(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	if (!fed_here(ctx))
		return ctx_has_failed(ctx) ? FAIL
					   : ctx_reply(ctx, _("This group is in no federation."));
	if (!store_set(ctx, THIS_CHAT, OF_GROUP, NULL))
		return FAIL;
	return ctx_reply(
		ctx, _("This group is in no federation any more. Who was banned stays banned."));
}

static uint64_t count_facts(struct ctx *ctx, int64_t fed, const char *kind)
{
	struct fact next = { 0 };
	uint64_t count = 0;

	while (fact_each(ctx, list_of(fed), kind, &next))
		count++;
	return count;
}

static enum verdict show(struct ctx *ctx, const struct command *cmd)
{
	int64_t fed = take_fed(ctx);
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	if (!fed)
		return ctx_has_failed(ctx) ? FAIL : DONE;
	draft_add(draft, "<b>%s</b> <code>%lld</code>", name_of(ctx, fed), (long long)fed);
	draft_add(draft, "\n<b>%s</b> %lld", _("Groups:"),
		  (long long)ctx_count_holders(ctx, OF_CHAT, OF_GROUP,
					       ctx_printf(ctx, "%lld", (long long)fed)));
	draft_add(draft, "\n<b>%s</b> %llu", _("Bans:"),
		  (unsigned long long)count_facts(ctx, fed, BAN));
	return draft_reply(draft);
}

/* --- who administers it ----------------------------------------------------------------------- */

static enum verdict list_admins(struct ctx *ctx, const struct command *cmd)
{
	static const char *const kinds_of_admins[] = { OWNER, ADMIN };
	int64_t fed = take_fed(ctx);
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	if (!fed)
		return ctx_has_failed(ctx) ? FAIL : DONE;
	draft_add(draft, "<b>%s</b>", name_of(ctx, fed));
	for (size_t i = 0; i < 2; i++) {
		struct fact next = { 0 };

		while (fact_each(ctx, list_of(fed), kinds_of_admins[i], &next)) {
			draft_add(draft, "\n• ");
			add_person(ctx, draft, target_of(ctx, next.person).user);
			if (i == 0)
				draft_add(draft, " – %s", _("owner"));
		}
	}
	return draft_reply(draft);
}

/* The same, if they own it: 0, and they were told, if not. */
static int64_t take_own_fed(struct ctx *ctx, const struct user *user)
{
	int64_t fed = take_fed(ctx);

	if (!fed || is_owner(ctx, fed, user))
		return fed;
	if (!ctx_has_failed(ctx))
		ctx_reply(ctx, _("Only the owner of the federation can do that."));
	return 0;
}

static enum verdict promote(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;
	const struct fact fact = { .person = values->who->id, .number = 1 };
	int64_t fed = take_own_fed(ctx, cmd->from);

	if (!fed)
		return ctx_has_failed(ctx) ? FAIL : DONE;
	if (!fact_set(ctx, list_of(fed), ADMIN, &fact))
		return FAIL;
	return ctx_reply(ctx, _("They administer the federation now."));
}

static enum verdict demote(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;
	int64_t fed = take_own_fed(ctx, cmd->from);

	if (!fed)
		return ctx_has_failed(ctx) ? FAIL : DONE;
	fact_remove(ctx, list_of(fed), ADMIN, values->who->id);
	return ctx_reply(ctx, _("They do not administer the federation."));
}

/* --- bans ------------------------------------------------------------------------------------- */

static void act_here(struct ctx *ctx, int64_t person, bool undo)
{
	const struct action ban = { .kind = ACTION_BAN, .by_rule = true };
	struct target target = target_of(ctx, person);

	if (undo)
		ctx_undo(ctx, ban, target, ACT_QUEUED);
	else
		ctx_act(ctx, ban, target, ACT_QUEUED, _("banned by the federation"));
}

/* Here at once, and in the others by and by. */
static enum verdict go_through(struct ctx *ctx, const struct command *cmd, bool undo)
{
	const struct fed_values *values = cmd->values;
	int64_t fed = take_fed(ctx), job;
	const struct fact ban_of = { .person = values->who->id, .number = 1 };

	if (!fed)
		return ctx_has_failed(ctx) ? FAIL : DONE;
	if (!is_admin(ctx, fed, cmd->from))
		return ctx_reply(ctx, _("Only administrators of the federation can do that."));
	if (!undo && is_admin(ctx, fed, values->who))
		return ctx_reply(ctx,
				 _("Nobody can do that to an administrator of the federation."));
	if (undo ? !fact_remove(ctx, list_of(fed), BAN, values->who->id)
		 : !fact_set(ctx, list_of(fed), BAN, &ban_of))
		return ctx_has_failed(ctx)
			       ? FAIL
			       : ctx_reply(ctx, _("They are not banned by the federation."));
	if (chat_is_group(cmd->chat))
		act_here(ctx, values->who->id, undo);
	job = ctx_jobf(ctx, "fedban:%lld:%lld:%d", (long long)fed, (long long)values->who->id,
		       (int)undo);
	if (!job)
		return FAIL;
	return ctx_reply(ctx,
			 undo ? _("No longer banned in all groups of <b>%s</b>.")
			      : _("Banned in all groups of <b>%s</b>."),
			 name_of(ctx, fed));
}

static enum verdict ban(struct ctx *ctx, const struct command *cmd)
{
	return go_through(ctx, cmd, false);
}

static enum verdict unban(struct ctx *ctx, const struct command *cmd)
{
	return go_through(ctx, cmd, true);
}

static enum verdict next_groups(struct ctx *ctx, const struct job *job)
{
	const char *fed = ctx_printf(ctx, "%lld", (long long)slug_integer(ctx, 0));
	int64_t person = slug_integer(ctx, 1), groups[GROUPS_A_STEP];
	bool undo = slug_integer(ctx, 2) != 0;
	size_t count = ctx_holders(ctx, OF_CHAT, OF_GROUP, fed, job->cursor, groups, GROUPS_A_STEP);

	if (count == 0)
		return ctx_has_failed(ctx) ? FAIL : DONE;
	for (size_t i = 0; i < count; i++) {
		ctx_enter_by_rule(ctx, groups[i]);
		act_here(ctx, person, undo);
	}
	ctx_enter(ctx, 0, RIGHT_NONE);
	job_count(ctx, "groups", (int64_t)count);
	return job_next(ctx, groups[count - 1], 0);
}

static enum verdict show_ban(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;
	const struct user *who = values->who ? values->who : cmd->from;
	int64_t fed = take_fed(ctx);
	bool banned;

	if (!fed)
		return ctx_has_failed(ctx) ? FAIL : DONE;
	banned = fact_find(ctx, list_of(fed), BAN, who->id, NULL);
	return ctx_reply(ctx,
			 banned ? _("<b>%s</b> is banned by the federation <b>%s</b>.")
				: _("<b>%s</b> is not banned by the federation <b>%s</b>."),
			 who->first_name[0] ? who->first_name
					    : ctx_printf(ctx, "%lld", (long long)who->id),
			 name_of(ctx, fed));
}

/* For whoever administers it: others need not know who is on it. */
static enum verdict export_bans(struct ctx *ctx, const struct command *cmd)
{
	int64_t fed = take_fed(ctx);
	struct draft *draft = ctx_draft(ctx);
	struct fact next = { 0 };
	struct file *file;

	if (!fed)
		return ctx_has_failed(ctx) ? FAIL : DONE;
	if (!is_admin(ctx, fed, cmd->from))
		return ctx_reply(ctx, _("Only administrators of the federation can do that."));
	file = file_made(ctx, "bans.csv");
	file_add(file, "user_id\n");
	while (fact_each(ctx, list_of(fed), BAN, &next))
		file_add(file, "%lld\n", (long long)next.person);
	draft_to(draft, cmd->from->id, 0);
	draft_media(draft, "document", NULL, file);
	draft_add(draft, "%s", name_of(ctx, fed));
	if (draft_reply(draft) != DONE)
		return FAIL;
	return chat_is_group(cmd->chat) ? ctx_reply(ctx, _("I sent it to you in our private chat."))
					: DONE;
}

/* --- the rule --------------------------------------------------------------------------------- */

static bool is_banned(struct ctx *ctx, const struct user *user)
{
	int64_t fed = fed_here(ctx);

	return fed && fact_find(ctx, list_of(fed), BAN, user->id, NULL);
}

static enum verdict keep_out(struct ctx *ctx, const struct member_change *change)
{
	if (change->before != MEMBER_OUTSIDE || change->after != MEMBER_PLAIN ||
	    !is_banned(ctx, change->member))
		return PASS;
	act_here(ctx, change->member->id, false);
	return DONE;
}

/* Who was in before the group joined. */
static enum verdict check(struct ctx *ctx, const struct message *message)
{
	if (!message->from || message->sender_chat || !is_banned(ctx, message->from) ||
	    ctx_is_exempt(ctx, message))
		return PASS;
	ctx_delete(ctx, message->id);
	act_here(ctx, message->from->id, false);
	return DONE;
}

static const struct route routes[] = {
	MESSAGE(check, .group = true, .first = 1),
	MEMBER(keep_out, .group = true, .first = 1),
	COMMAND("newfed", create, .private = true, .arguments = name_argument,
		.help = N_("make a federation")),
	COMMAND("renamefed", rename_fed, .private = true, .arguments = name_argument,
		.help = N_("give your federation another name")),
	COMMAND("joinfed", join, .group = true, .admin = RIGHT_OWNER, .bot = RIGHT_RESTRICT_MEMBERS,
		.arguments = id_argument, .help = N_("have this group join a federation")),
	COMMAND("leavefed", leave, .group = true, .admin = RIGHT_OWNER,
		.help = N_("have this group leave its federation")),
	COMMAND("fedinfo", show, .help = N_("show the federation")),
	COMMAND("fedadmins", list_admins, .rare = true,
		.help = N_("list who administers the federation")),
	COMMAND("fedpromote fpromote", promote, .arguments = whom, .rare = true,
		.help = N_("let somebody administer the federation")),
	COMMAND("feddemote fdemote", demote, .arguments = whom, .rare = true,
		.help = N_("let them administer it no longer")),
	COMMAND("fban", ban, .arguments = whom_and_why,
		.help = N_("ban somebody in all groups of the federation")),
	COMMAND("unfban", unban, .arguments = whom, .help = N_("take that back")),
	COMMAND("fedstat fbanstat", show_ban, .arguments = maybe_whom,
		.help = N_("whether somebody is banned by the federation")),
	COMMAND("fbanlist fedexport", export_bans, .rare = true,
		.help = N_("get the list of bans")),
	JOB("fedban:%lld:%lld:%d", next_groups),
	END_OF_ROUTES,
};

/* Erasure leaves bans: else it would be the way out of them; and who answers for a list. */
const struct module feds_module = {
	.name = "feds",
	.title = N_("Federations"),
	.icon = "🛡",
	.about = N_(
		"Groups that share a list of bans. Only the owner of a group joins or leaves one."),
	.routes = routes,
	.facts = FACTS(
		FACT(BAN, N_("bans of a federation"), .outlives_erasure = true, .listed = true),
		FACT(OWNER, N_("ownership of a federation"), .outlives_erasure = true,
		     .listed = true),
		FACT(ADMIN, N_("administration of a federation"), .listed = true)),
};
