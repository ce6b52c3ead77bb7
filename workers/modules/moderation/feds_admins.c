/* feds_admins.c - who administers a federation, and to whom its owner hands it over. */
#include "workers/modules/moderation/feds.h"
#include "workers/modules/moderation/words.h"

enum verdict fed_list_admins(struct ctx *ctx, const struct command *cmd)
{
	static const char *const ranks[] = { FED_OWNER, FED_ADMIN };
	int64_t fed = fed_take(ctx);
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	if (!fed)
		return fed_none(ctx);
	draft_add(draft, "<b>%s</b>", fed_name(ctx, fed));
	for (size_t i = 0; i < 2; i++) {
		struct fact next = { 0 };

		while (fact_each(ctx, fed_list(fed), ranks[i], &next)) {
			draft_add(draft, "\n• ");
			add_person(ctx, draft, recorded_person(ctx, next.person));
			if (i == 0)
				draft_add(draft, " – %s", _("owner"));
		}
	}
	return draft_reply(draft);
}

enum verdict fed_promote(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;
	const struct fact fact = { .person = values->who->id, .number = 1 };
	int64_t fed = fed_take_own(ctx);

	if (!fed)
		return fed_none(ctx);
	if (fact_count(ctx, fed_list(fed), FED_ADMIN) >= FED_ADMINS_MAX)
		return ctx_reply(ctx, _("A federation has %d administrators at most."),
				 FED_ADMINS_MAX);
	if (!fact_set(ctx, fed_list(fed), FED_ADMIN, &fact))
		return FAIL;
	fed_tell_log(ctx, fed, _("Administers it now"), fact.person);
	return ctx_reply(ctx, _("They administer the federation now."));
}

enum verdict fed_demote(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;
	int64_t fed = fed_take_own(ctx);

	if (!fed)
		return fed_none(ctx);
	if (fact_remove(ctx, fed_list(fed), FED_ADMIN, values->who->id))
		fed_tell_log(ctx, fed, _("Administers it no longer"), values->who->id);
	return ctx_has_failed(ctx) ? FAIL
				   : ctx_reply(ctx, _("They do not administer the federation."));
}

enum verdict fed_demote_me(struct ctx *ctx, const struct command *cmd)
{
	int64_t fed = fed_take(ctx);

	if (!fed)
		return fed_none(ctx);
	if (fed_is_owner(ctx, fed, cmd->from->id))
		return ctx_reply(ctx, _("It is yours. /fedtransfer hands it over to somebody."));
	if (fact_remove(ctx, fed_list(fed), FED_ADMIN, cmd->from->id))
		fed_tell_log(ctx, fed, _("Administers it no longer"), cmd->from->id);
	return ctx_has_failed(ctx) ? FAIL
				   : ctx_reply(ctx, _("You do not administer the federation."));
}

/* --- handing it over -------------------------------------------------------------------------- */

/* In a group, where both are: the bot cannot write to whom it does not know. */
enum verdict fed_offer(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;
	int64_t fed = fed_take_own(ctx);
	const struct fact offer = { .person = values->who->id, .number = 1 };
	struct draft *draft = ctx_draft(ctx);

	if (!fed)
		return fed_none(ctx);
	if (values->who->is_bot || values->who->id == cmd->from->id)
		return ctx_reply(ctx, _("Please offer it to another person."));
	if (!fact_set(ctx, fed_list(fed), FED_OFFER, &offer))
		return FAIL;
	add_person(ctx, draft, values->who);
	draft_add(draft,
		  _(", %s would like you to own the federation <b>%s</b>, with its bans and "
		    "administrators. The offer stands for a day."),
		  cmd->from->first_name, fed_name(ctx, fed));
	draft_button(draft, _("Accept"), "fedtake:%lld", (long long)fed);
	draft_button(draft, _("No"), "feddecline:%lld:%lld", (long long)fed,
		     (long long)values->who->id);
	return draft_reply(draft);
}

/* The only one there is. */
static int64_t owner_of(struct ctx *ctx, int64_t fed)
{
	struct fact next = { 0 };

	return fact_each(ctx, fed_list(fed), FED_OWNER, &next) ? next.person : 0;
}

/* Of the former owner, to whomever. */
static void end_offers(struct ctx *ctx, int64_t fed)
{
	struct fact next = { 0 };

	while (fact_each(ctx, fed_list(fed), FED_OFFER, &next))
		fact_remove(ctx, fed_list(fed), FED_OFFER, next.person);
}

static const char *refuse_taking(struct ctx *ctx, int64_t fed, int64_t person)
{
	if (!fact_find(ctx, fed_list(fed), FED_OFFER, person, NULL))
		return _("There is no such offer to you (any more).");
	if (fed_own(ctx))
		return _("You have a federation already. /delfed ends it.");
	return NULL;
}

enum verdict fed_accept(struct ctx *ctx, const struct button *button)
{
	int64_t fed = slug_integer(ctx, 0), owner = owner_of(ctx, fed);
	const char *why = refuse_taking(ctx, fed, button->from->id);
	struct draft *draft = ctx_draft(ctx);

	if (ctx_has_failed(ctx))
		return FAIL;
	if (why)
		return ctx_alert(ctx, "%s", why);
	if (!fed_set_owner(ctx, fed, button->from->id, owner))
		return FAIL;
	end_offers(ctx, fed);
	fact_remove(ctx, fed_list(fed), FED_ADMIN, button->from->id);
	fed_tell_log(ctx, fed, _("It has another owner"), button->from->id);
	draft_add(draft, _("The federation <b>%s</b> has another owner:"), fed_name(ctx, fed));
	draft_add(draft, " ");
	add_person(ctx, draft, button->from);
	return draft_edit(draft, button);
}

/* Whoever made the offer takes it back so. */
enum verdict fed_decline(struct ctx *ctx, const struct button *button)
{
	int64_t fed = slug_integer(ctx, 0), person = slug_integer(ctx, 1);
	struct draft *draft = ctx_draft(ctx);

	if (button->from->id != person && !fed_is_owner(ctx, fed, button->from->id))
		return ctx_alert(ctx, _("This is offered to somebody else."));
	fact_remove(ctx, fed_list(fed), FED_OFFER, person);
	draft_add(draft, "%s", _("The federation stays whose it is."));
	return draft_edit(draft, button);
}
