/* feds.c - federations: groups that share a list of bans. Whoever is on it gets into none of them.
 * Making, joining and ending them; the other parts are in feds_*.c. */
#include "workers/modules/moderation/feds.h"

#include <stdlib.h>
#include <string.h>

#include "workers/modules/moderation/keep_out.h"

#define OWN "own" /* of a person: the federation that is theirs */
#define NAME "name"
#define NAME_MAX_BYTES 64
#define REMOVED_AT_ONCE 2000

/* --- which one -------------------------------------------------------------------------------- */

struct holder fed_list(int64_t fed)
{
	return (struct holder) { .scope = OF_LIST, .id = fed };
}

const char *fed_name(struct ctx *ctx, int64_t fed)
{
	const char *name = store_find(ctx, fed_list(fed), NAME);

	return name ? name : "";
}

int64_t fed_here(struct ctx *ctx)
{
	const char *fed = store_find(ctx, THIS_CHAT, FED_OF_GROUP);

	return fed ? strtoll(fed, NULL, 10) : 0;
}

/* The fact outlives an erasure, so that nobody's federation is left without an owner. */
static int64_t find_owned(struct ctx *ctx)
{
	const struct answer *data = ctx_find_data(ctx, SUBJECT_PERSON);
	size_t count = data ? answer_count(data, "facts") : 0;

	for (size_t i = 0; i < count; i++) {
		const char *path = ctx_printf(ctx, "facts.%zu", i);

		if (strcmp(answer_text(data, ctx_printf(ctx, "%s.module", path)), "feds") == 0 &&
		    strcmp(answer_text(data, ctx_printf(ctx, "%s.kind", path)), FED_OWNER) == 0)
			return answer_integer(data, ctx_printf(ctx, "%s.id", path));
	}
	return 0;
}

int64_t fed_own(struct ctx *ctx)
{
	const char *fed = store_find(ctx, THIS_PERSON, OWN);
	int64_t id = fed ? strtoll(fed, NULL, 10) : find_owned(ctx);

	return id && fed_is_owner(ctx, id, ctx_find_user(ctx)->id) ? id : 0;
}

bool fed_is_owner(struct ctx *ctx, int64_t fed, int64_t person)
{
	return fact_find(ctx, fed_list(fed), FED_OWNER, person, NULL);
}

bool fed_is_admin(struct ctx *ctx, int64_t fed, int64_t person)
{
	return fed_is_owner(ctx, fed, person) ||
	       fact_find(ctx, fed_list(fed), FED_ADMIN, person, NULL);
}

bool fed_set_owner(struct ctx *ctx, int64_t fed, int64_t person, int64_t former)
{
	const struct fact owner = { .person = person, .number = 1 };
	const struct holder new_owner = { .scope = OF_PERSON, .id = person };
	const struct holder old_owner = { .scope = OF_PERSON, .id = former };

	if (former && (!fact_remove(ctx, fed_list(fed), FED_OWNER, former) ||
		       !store_set(ctx, old_owner, OWN, NULL)))
		return false;
	return fact_set(ctx, fed_list(fed), FED_OWNER, &owner) &&
	       store_set(ctx, new_owner, OWN, ctx_printf(ctx, "%lld", (long long)fed));
}

int64_t fed_take(struct ctx *ctx)
{
	bool in_group = chat_is_group(ctx_find_chat(ctx));
	int64_t fed = in_group ? fed_here(ctx) : fed_own(ctx);

	/* A group keeps the id of one that has ended. */
	if (fed && !fed_name(ctx, fed)[0])
		fed = 0;
	if (!fed && !ctx_has_failed(ctx))
		ctx_reply(ctx, in_group ? _("This group is in no federation.")
					: _("You have no federation. /newfed makes one."));
	return fed;
}

static bool is_anonymous(struct ctx *ctx)
{
	return user_is_stand_in(ctx_find_user(ctx));
}

static const char *write_openly(struct ctx *ctx)
{
	return _("I cannot know who you are in a federation. Please write that as yourself, and "
		 "not in "
		 "the name of a chat.");
}

int64_t fed_take_own(struct ctx *ctx)
{
	int64_t fed = is_anonymous(ctx) ? 0 : fed_own(ctx);

	if (!fed && !ctx_has_failed(ctx))
		ctx_reply(ctx, "%s",
			  is_anonymous(ctx) ? write_openly(ctx)
			  : chat_is_group(ctx_find_chat(ctx))
				  ? _("Only the owner of the federation can do that.")
				  : _("You have no federation. /newfed makes one."));
	return fed;
}

const char *fed_refusal(struct ctx *ctx, int64_t fed)
{
	if (is_anonymous(ctx))
		return write_openly(ctx);
	if (fed_is_admin(ctx, fed, ctx_find_user(ctx)->id))
		return NULL;
	return _("Only administrators of the federation can do that.");
}

enum verdict fed_none(struct ctx *ctx)
{
	return ctx_has_failed(ctx) ? FAIL : DONE;
}

/* --- making one, ending one ------------------------------------------------------------------- */

static const struct field name_argument[] = {
	TEXT_FIELD(struct fed_values, name, N_("name")),
	END_OF_FIELDS(struct fed_values),
};

static enum verdict create(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;
	int64_t fed = 1 + ctx_random(ctx, FED_ID_MAX - 1), own = fed_own(ctx);

	if (own)
		return ctx_reply(ctx, _("You have a federation already: <b>%s</b>."),
				 fed_name(ctx, own));
	if (strlen(values->name) > NAME_MAX_BYTES)
		return ctx_reply(ctx, _("That name is too long."));
	if (!store_set(ctx, fed_list(fed), NAME, values->name) ||
	    !fed_set_owner(ctx, fed, cmd->from->id, 0))
		return FAIL;
	return ctx_reply(ctx,
			 _("The federation <b>%s</b> is made. The owner of a group joins it with "
			   "<code>/joinfed %lld</code>."),
			 values->name, (long long)fed);
}

static enum verdict rename_fed(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;
	int64_t fed = fed_take_own(ctx);

	if (!fed)
		return fed_none(ctx);
	if (strlen(values->name) > NAME_MAX_BYTES)
		return ctx_reply(ctx, _("That name is too long."));
	if (!store_set(ctx, fed_list(fed), NAME, values->name))
		return FAIL;
	return ctx_reply(ctx, _("The federation is called <b>%s</b> now."), values->name);
}

static enum verdict ask_to_end(struct ctx *ctx, const struct command *cmd)
{
	int64_t fed = fed_take_own(ctx);
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	if (!fed)
		return fed_none(ctx);
	draft_add(draft,
		  _("Shall the federation <b>%s</b> end, with all its bans, administrators and "
		    "settings? Who was banned in a group stays banned there."),
		  fed_name(ctx, fed));
	draft_button(draft, _("End it"), "fedend:%lld", (long long)fed);
	draft_button(draft, _("Keep it"), "fedkeep");
	return draft_reply(draft);
}

/* Nobody is asked about it from now on; what is kept goes as a job. */
static enum verdict end(struct ctx *ctx, const struct button *button)
{
	int64_t fed = slug_integer(ctx, 0);
	const char *name = fed_name(ctx, fed);
	struct draft *draft = ctx_draft(ctx);

	if (!fed_is_owner(ctx, fed, button->from->id))
		return ctx_alert(ctx, _("Only the owner of the federation can do that."));
	fed_tell_log(ctx, fed, _("The federation ends"), 0);
	if (!store_set(ctx, THIS_PERSON, OWN, NULL) || !store_set(ctx, fed_list(fed), NAME, NULL) ||
	    !fact_remove(ctx, fed_list(fed), FED_OWNER, button->from->id) ||
	    !ctx_jobf(ctx, "fedend:%lld", (long long)fed))
		return FAIL;
	draft_add(draft, _("The federation <b>%s</b> is no more."), name);
	return draft_edit(draft, button);
}

static enum verdict keep(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "%s", _("Nothing was changed."));
	return draft_edit(draft, button);
}

/* Up to so many facts of a kind; false: there were none, or it failed. */
static bool remove_facts(struct ctx *ctx, int64_t fed, const char *kind)
{
	struct fact *facts = ctx_alloc(ctx, REMOVED_AT_ONCE * sizeof(*facts)), next = { 0 };
	size_t count = 0, removed;

	while (count < REMOVED_AT_ONCE && fact_each(ctx, fed_list(fed), kind, &next))
		facts[count++] = next;
	return count && fact_remove_many(ctx, fed_list(fed), kind, facts, count, &removed);
}

static bool forget_entries(struct ctx *ctx, int64_t fed)
{
	const char *key = NULL, *value;
	size_t count = 0;

	for (; count < 50 && store_each(ctx, fed_list(fed), "", &key, &value); count++)
		store_set(ctx, fed_list(fed), key, NULL);
	return count > 0;
}

static enum verdict next_remains(struct ctx *ctx, const struct job *job)
{
	int64_t fed = slug_integer(ctx, 0);
	bool more = remove_facts(ctx, fed, FED_BAN) || remove_facts(ctx, fed, FED_ADMIN) ||
		    forget_entries(ctx, fed);

	if (ctx_has_failed(ctx))
		return FAIL;
	return more ? job_next(ctx, job->cursor + 1, 0) : DONE;
}

/* --- joining one ------------------------------------------------------------------------------ */

static enum verdict join(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;
	const char *name = fed_name(ctx, values->id);
	int64_t former = fed_here(ctx);

	if (!name[0])
		return ctx_has_failed(ctx) ? FAIL
					   : ctx_reply(ctx, _("There is no such federation."));
	if (former && former != values->id && fed_name(ctx, former)[0])
		return ctx_reply(ctx,
				 _("This group is in the federation <b>%s</b>. /leavefed comes "
				   "first."),
				 fed_name(ctx, former));
	if (!store_set(ctx, THIS_CHAT, FED_OF_GROUP,
		       ctx_printf(ctx, "%lld", (long long)values->id)))
		return FAIL;
	fed_tell_log(ctx, values->id, ctx_printf(ctx, _("“%s” has joined"), cmd->chat->title), 0);
	return ctx_reply(ctx, _("This group is in the federation <b>%s</b> now."), name);
}

static enum verdict leave(struct ctx *ctx, const struct command *cmd)
{
	int64_t fed = fed_take(ctx);

	if (!fed)
		return fed_none(ctx);
	if (!store_set(ctx, THIS_CHAT, FED_OF_GROUP, NULL))
		return FAIL;
	fed_tell_log(ctx, fed, ctx_printf(ctx, _("“%s” has left"), cmd->chat->title), 0);
	return ctx_reply(
		ctx, _("This group is in no federation any more. Who was banned stays banned."));
}

static void add_number(struct draft *draft, const char *label, int64_t number)
{
	draft_add(draft, "\n<b>%s</b> %lld", label, (long long)number);
}

static enum verdict show(struct ctx *ctx, const struct command *cmd)
{
	int64_t fed = fed_take(ctx);
	struct draft *draft = ctx_draft(ctx);
	size_t subscriptions;

	(void)cmd;
	if (!fed)
		return fed_none(ctx);
	draft_add(draft, "<b>%s</b> <code>%lld</code>", fed_name(ctx, fed), (long long)fed);
	add_number(draft, _("Groups:"),
		   ctx_count_holders(ctx, OF_CHAT, FED_OF_GROUP,
				     ctx_printf(ctx, "%lld", (long long)fed)));
	add_number(draft, _("Bans:"), fact_count(ctx, fed_list(fed), FED_BAN));
	fed_subscriptions(ctx, fed, &subscriptions);
	if (subscriptions)
		add_number(draft, _("Subscriptions:"), (int64_t)subscriptions);
	if (fed_wants_reasons(ctx, fed))
		draft_add(draft, "\n%s", _("Every ban has a reason."));
	return draft_reply(draft);
}

/* --- the module ------------------------------------------------------------------------------- */

static const struct field id_argument[] = {
	INTEGER_FIELD(struct fed_values, id, N_("id of the federation"), .minimum = 1,
		      .maximum = FED_ID_MAX),
	END_OF_FIELDS(struct fed_values),
};

static const struct field whom[] = {
	USER_FIELD(struct fed_values, who, N_("who")),
	END_OF_FIELDS(struct fed_values),
};

static const struct field target[] = {
	TARGET_FIELD(struct fed_values, target, N_("who")),
	END_OF_FIELDS(struct fed_values),
};

static const struct field target_and_why[] = {
	TARGET_FIELD(struct fed_values, target, N_("who")),
	TEXT_FIELD(struct fed_values, reason, N_("why"), .optional = true),
	END_OF_FIELDS(struct fed_values),
};

static const struct field maybe_target[] = {
	TARGET_FIELD(struct fed_values, target, N_("who"), .optional = true),
	END_OF_FIELDS(struct fed_values),
};

static const char *const formats[] = { "csv", "json", NULL };

static const struct field format_argument[] = {
	CHOICE_FIELD(struct fed_values, format, N_("csv or json"), .choices = formats,
		     .optional = true, .preset = "csv"),
	END_OF_FIELDS(struct fed_values),
};

static const struct field yes_or_no[] = {
	BOOLEAN_FIELD(struct fed_values, yes, N_("yes or no")),
	END_OF_FIELDS(struct fed_values),
};

static const struct field maybe_yes[] = {
	BOOLEAN_FIELD(struct fed_values, yes, N_("off"), .optional = true, .preset = "on"),
	END_OF_FIELDS(struct fed_values),
};

static const struct field options[] = {
	BOOLEAN_FIELD(struct fed_options, quiet, N_("say nothing when the federation bans"),
		      .preset = "off", .admin = RIGHT_RESTRICT_MEMBERS),
	BOOLEAN_FIELD(struct fed_options, trial, N_("only tell the log what would happen"),
		      .preset = "off", .admin = RIGHT_RESTRICT_MEMBERS),
	END_OF_FIELDS(struct fed_options),
};

static const struct route routes[] = {
	MESSAGE(fed_check, .group = true, .first = 1),
	EDITED(fed_check, .group = true, .first = 1),
	MEMBER(fed_keep_out, .group = true, .first = 1),
	JOIN_REQUEST(fed_turn_away, .first = 1),
	COMMAND("newfed", create, .private = true, .arguments = name_argument,
		.help = N_("make a federation")),
	COMMAND("renamefed", rename_fed, .private = true, .rare = true, .arguments = name_argument,
		.help = N_("give your federation another name")),
	COMMAND("delfed", ask_to_end, .private = true, .rare = true,
		.help = N_("end your federation")),
	BUTTON("fedend:%lld", end),
	BUTTON("fedkeep", keep, .asker = true),
	JOB("fedend:%lld", next_remains),
	COMMAND("joinfed", join, .group = true, .admin = RIGHT_OWNER, .bot = RIGHT_RESTRICT_MEMBERS,
		.arguments = id_argument, .help = N_("have this group join a federation")),
	COMMAND("leavefed", leave, .group = true, .admin = RIGHT_OWNER,
		.help = N_("have this group leave its federation")),
	COMMAND("fedinfo", show, .help = N_("show the federation")),

	COMMAND("fedadmins", fed_list_admins, .rare = true,
		.help = N_("list who administers the federation")),
	COMMAND("fedpromote fpromote", fed_promote, .arguments = whom, .rare = true,
		.help = N_("let somebody administer the federation")),
	COMMAND("feddemote fdemote", fed_demote, .arguments = whom, .rare = true,
		.help = N_("let them administer it no longer")),
	COMMAND("feddemoteme", fed_demote_me, .group = true, .rare = true,
		.help = N_("no longer administer the federation yourself")),
	COMMAND("fedtransfer", fed_offer, .group = true, .arguments = whom, .rare = true,
		.help = N_("offer your federation to somebody")),
	BUTTON("fedtake:%lld", fed_accept),
	BUTTON("feddecline:%lld:%lld", fed_decline),

	COMMAND("fban", fed_ban, .arguments = target_and_why,
		.help = N_("ban somebody in all groups of the federation")),
	COMMAND("unfban", fed_unban, .arguments = target, .help = N_("take that back")),
	BUTTON("unfban:%lld:%lld", fed_unban_by_button),
	JOB("fedact:%lld:%lld:%lld:%d", fed_next_groups),
	COMMAND("fbanstat", fed_show_ban, .arguments = maybe_target,
		.help = N_("whether and why somebody is banned by the federation")),
	COMMAND("fedstat", fed_show_own, .arguments = maybe_target, .rare = true,
		.help = N_("which federations ban you")),
	SETTER("quietfed fedquiet", "quiet", .group = true, .rare = true,
	       .help = N_("say nothing when the federation bans")),
	COMMAND("fedreason freason", fed_choose_reasons, .arguments = yes_or_no, .rare = true,
		.help = N_("whether every ban of your federation needs a reason")),
	COMMAND("fedlog", fed_choose_log, .group = true, .admin = RIGHT_ADMIN,
		.arguments = maybe_yes, .rare = true,
		.help = N_("tell here what is done in your federation")),

	COMMAND("subfed", fed_subscribe, .arguments = id_argument, .rare = true,
		.help = N_("let the bans of another federation count in yours")),
	COMMAND("unsubfed", fed_unsubscribe, .arguments = id_argument, .rare = true,
		.help = N_("let them count no longer")),
	COMMAND("fedsubs", fed_list_subscriptions, .rare = true,
		.help = N_("list whose bans count in the federation")),

	COMMAND("fbanlist fedexport", fed_export, .arguments = format_argument, .rare = true,
		.typing = "upload_document", .help = N_("get the list of bans")),
	COMMAND("fedimport importfbans", fed_offer_import, .usage = N_("<file>"), .rare = true,
		.help = N_("put the people of a CSV or JSON list on the list of bans")),
	BUTTON("fedimport:%lld:%lld", fed_begin_import),
	BUTTON("fednoimport:%lld", fed_end_offer),
	JOB("fedimport:%lld:%lld:%.200s", fed_next_imports),
	BUTTON("fedunimport:%lld:%lld", fed_undo_import),
	JOB("fedunimport:%lld:%lld", fed_next_removals),
	END_OF_ROUTES,
};

/* Erasure leaves bans: else it would be the way out of them; and who answers for a list. */
const struct module feds_module = {
	.name = "feds",
	.title = N_("Federations"),
	.icon = "🛡",
	.about = N_(
		"Groups that share a list of bans. Only the owner of a group joins or leaves one. "
		"The bans of federations to which one subscribes count as well, but not of those "
		"to which these subscribe. Whom a group approves gets in all the same."),
	.options = options,
	.routes = routes,
	.facts = FACTS(
		FACT(FED_BAN, N_("bans of a federation"), .outlives_erasure = true, .listed = true),
		FACT(FED_OWNER, N_("ownership of a federation"), .outlives_erasure = true,
		     .listed = true),
		FACT(FED_ADMIN, N_("administration of a federation"), .listed = true),
		FACT(LET_IN, N_("exceptions from a list of bans")),
		FACT(FED_OFFER, N_("offers to own a federation"), .keep_s = 86400, .listed = true)),
};
