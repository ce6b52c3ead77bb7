/* newcomers.c - what who is new may not send yet: for a time, or until so many messages. */
#include "workers/module.h"
#include "workers/modules/moderation/rule.h"

#define KIND "new"

struct newcomer_options {
	int64_t seconds, messages;
	bool links, forwards, media;
	struct action action;
	bool trial;
};

#define FOR_ADMINS .admin = RIGHT_RESTRICT_MEMBERS

static const struct field options[] = {
	DURATION_FIELD(struct newcomer_options, seconds, N_("how long somebody is new"),
		       .minimum = 60, .maximum = 30 * 86400, .may_be_off = true, .preset = "off",
		       FOR_ADMINS),
	INTEGER_FIELD(struct newcomer_options, messages,
		      N_("after how many messages nobody is new"), .minimum = 1, .maximum = 1000,
		      .preset = "10", FOR_ADMINS),
	BOOLEAN_FIELD(struct newcomer_options, links, N_("they send no links"), .preset = "on",
		      FOR_ADMINS),
	BOOLEAN_FIELD(struct newcomer_options, forwards, N_("they forward nothing"), .preset = "on",
		      FOR_ADMINS),
	BOOLEAN_FIELD(struct newcomer_options, media, N_("they send no media"), .preset = "off",
		      FOR_ADMINS),
	ACTION_FIELD(struct newcomer_options, action, N_("what happens to what they send"),
		     .preset = "delete", FOR_ADMINS),
	BOOLEAN_FIELD(struct newcomer_options, trial, N_("only tell the log what would happen"),
		      .preset = "off", FOR_ADMINS),
	END_OF_FIELDS(struct newcomer_options),
};

static enum verdict note(struct ctx *ctx, const struct member_change *change)
{
	const struct newcomer_options *chosen = ctx_options(ctx);
	const struct fact fact = { .person = change->member->id,
				   .number = chosen->messages,
				   .until_s = ctx_now(ctx) + chosen->seconds };

	if (!chosen->seconds || change->before != MEMBER_OUTSIDE || change->after != MEMBER_PLAIN ||
	    change->member->is_bot)
		return PASS;
	return fact_set(ctx, THIS_CHAT, KIND, &fact) ? PASS : FAIL;
}

/* What shows something else than words. */
#define MEDIA                                                                                     \
	(CONTENT_PHOTO | CONTENT_VIDEO | CONTENT_ANIMATION | CONTENT_AUDIO | CONTENT_VOICE |      \
	 CONTENT_VIDEO_NOTE | CONTENT_DOCUMENT | CONTENT_STICKER | CONTENT_STORY |                \
	 CONTENT_PAID_MEDIA | CONTENT_CONTACT | CONTENT_LOCATION | CONTENT_VENUE | CONTENT_POLL | \
	 CONTENT_CHECKLIST | CONTENT_GAME | CONTENT_INVOICE | CONTENT_GIVEAWAY)

static bool has_link(struct ctx *ctx, const struct message *message)
{
	return rule_links(ctx, message)[0] || rule_mentions(ctx, message)[0];
}

/* A story and a reply to another chat show what others have written, as what is forwarded does. */
static bool is_forward(struct ctx *ctx, const struct message *message)
{
	return message->forward || message->reply_elsewhere || ctx_contents(ctx) & CONTENT_STORY;
}

static bool has_media(struct ctx *ctx, const struct message *message)
{
	return ctx_contents(ctx) & MEDIA || message->media;
}

/* What they sent that they may not; NULL: nothing. */
static const char *find_fault(struct ctx *ctx, const struct message *message,
			      const struct newcomer_options *chosen)
{
	if (chosen->links && has_link(ctx, message))
		return _("a link of a newcomer");
	if (chosen->forwards && is_forward(ctx, message))
		return _("a forwarded message of a newcomer");
	if (chosen->media && has_media(ctx, message))
		return _("media of a newcomer");
	return NULL;
}

static enum verdict check(struct ctx *ctx, const struct message *message)
{
	const struct newcomer_options *chosen = ctx_options(ctx);
	struct action action = chosen->action;
	const char *fault;
	struct fact fact;

	if (!chosen->seconds || !message->from || message->sender_chat ||
	    !fact_find(ctx, THIS_CHAT, KIND, message->from->id, &fact))
		return PASS;
	if (rule_album_goes(ctx, message))
		return DONE;
	fault = find_fault(ctx, message, chosen);
	if (!fault) {
		/* One message less to go, until then; at 0 they are no longer new. */
		if (!message->edited && rule_counts(ctx, message) &&
		    !fact_add_for(ctx, THIS_CHAT, KIND, message->from->id, -1,
				  fact.until_s - ctx_now(ctx), NULL))
			return FAIL;
		return PASS;
	}
	action.delete_message = action.kind > ACTION_DELETE;
	return rule_enforce(ctx, message, action, fault, chosen->trial);
}

static const struct route routes[] = {
	/* Before the captcha, which keeps whom it asks from all others. */
	MEMBER(note, .group = true, .first = 5),
	MESSAGE(check, .group = true, .first = 48),
	EDITED(check, .group = true, .first = 48),
	END_OF_ROUTES,
};

const struct module newcomers_module = {
	.name = "newcomers",
	.title = N_("Newcomers"),
	.icon = "🐣",
	.about = N_("Off until an administrator says in /settings how long somebody is new."),
	.options = options,
	.routes = routes,
	.facts = FACTS(FACT(KIND, N_("messages until somebody is no longer new"),
			    .keep_s = INT64_C(30) * 86400, .outlives_erasure = true)),
};
