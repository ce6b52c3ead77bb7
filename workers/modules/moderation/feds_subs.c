/* feds_subs.c - subscriptions: the bans of another federation count as well. Only those of the
 * federations themselves, not of those to which they subscribe: whom one trusts is not whom they
 * trust, and so two that subscribe to each other go round no circle. */
#include <stdlib.h>
#include <string.h>

#include "workers/modules/moderation/feds.h"

#define PREFIX "sub/"

static const char *key_of(struct ctx *ctx, int64_t other)
{
	return ctx_printf(ctx, PREFIX "%lld", (long long)other);
}

static bool build(struct ctx *ctx, struct holder holder, struct derived *out)
{
	const char *key = NULL, *value;
	size_t count = 0;

	while (count < FED_SUBSCRIPTIONS_MAX && store_each(ctx, holder, PREFIX, &key, &value)) {
		int64_t other = strtoll(key + strlen(PREFIX), NULL, 10);

		derived_add(out, &other, sizeof(other));
		count++;
	}
	return !ctx_has_failed(ctx);
}

const int64_t *fed_subscriptions(struct ctx *ctx, int64_t fed, size_t *count)
{
	size_t size = 0;
	const void *others = ctx_derived(ctx, fed_list(fed), "subscriptions", build, &size);

	*count = size / sizeof(int64_t);
	return others;
}

static const char *refusal(struct ctx *ctx, int64_t fed, int64_t other)
{
	size_t count;
	const int64_t *others = fed_subscriptions(ctx, fed, &count);

	if (other == fed)
		return _("That is this federation.");
	if (!fed_name(ctx, other)[0])
		return _("There is no such federation.");
	for (size_t i = 0; i < count; i++)
		if (others[i] == other)
			return _("Your federation subscribes to that one already.");
	if (count >= FED_SUBSCRIPTIONS_MAX)
		return ctx_printf(ctx, _("A federation subscribes to %d others at most."),
				  FED_SUBSCRIPTIONS_MAX);
	return NULL;
}

enum verdict fed_subscribe(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;
	int64_t fed = fed_take_own(ctx);
	const char *why, *name;

	if (!fed)
		return fed_none(ctx);
	why = refusal(ctx, fed, values->id);
	if (ctx_has_failed(ctx))
		return FAIL;
	if (why)
		return ctx_reply(ctx, "%s", why);
	if (!store_set(ctx, fed_list(fed), key_of(ctx, values->id), "yes"))
		return FAIL;
	name = fed_name(ctx, values->id);
	fed_tell_log(ctx, fed, ctx_printf(ctx, _("Subscribes to “%s”"), name), 0);
	return ctx_reply(ctx, _("The bans of <b>%s</b> count in your federation now."), name);
}

enum verdict fed_unsubscribe(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;
	int64_t fed = fed_take_own(ctx);

	if (!fed)
		return fed_none(ctx);
	if (!store_find(ctx, fed_list(fed), key_of(ctx, values->id)))
		return ctx_has_failed(ctx)
			       ? FAIL
			       : ctx_reply(ctx,
					   _("Your federation does not subscribe to that one."));
	if (!store_set(ctx, fed_list(fed), key_of(ctx, values->id), NULL))
		return FAIL;
	fed_tell_log(ctx, fed,
		     ctx_printf(ctx, _("No longer subscribes to “%s”"), fed_name(ctx, values->id)),
		     0);
	return ctx_reply(ctx, _("The bans of that federation count no longer."));
}

enum verdict fed_list_subscriptions(struct ctx *ctx, const struct command *cmd)
{
	int64_t fed = fed_take(ctx);
	struct draft *draft = ctx_draft(ctx);
	const int64_t *others;
	size_t count;

	(void)cmd;
	if (!fed)
		return fed_none(ctx);
	others = fed_subscriptions(ctx, fed, &count);
	draft_add(draft, "<b>%s</b>", fed_name(ctx, fed));
	for (size_t i = 0; i < count; i++) {
		const char *name = fed_name(ctx, others[i]);

		draft_add(draft, "\n• %s <code>%lld</code>", name[0] ? name : "–",
			  (long long)others[i]);
	}
	if (!count)
		draft_add(draft, "\n%s", _("It subscribes to no other federation."));
	return draft_reply(draft);
}
