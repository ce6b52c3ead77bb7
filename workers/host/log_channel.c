/* log_channel.c - where a group's log is, and what goes there. Both are settings of the group, read
 * with all others. */
#include "workers/host/log_channel.h"

#include <inttypes.h>
#include <stdlib.h>

#include "workers/host/brief.h"
#include "workers/host/chat_settings.h"

#define LOG_MODULE "log"
#define LOG_CHANNEL "channel"
#define LEFT_OUT "off"
#define RATION_SECONDS 60
/* Bot API "Chat": the ids of supergroups and channels. */
#define SUPERGROUP_ID(id) (-INT64_C(1000000000000) - (id))

static const char *const keys[LOG_CATEGORIES] = {
	[LOG_ACTIONS] = "actions", [LOG_RULES] = "rules",     [LOG_SETTINGS] = "settings",
	[LOG_MEMBERS] = "members", [LOG_REPORTS] = "reports", [LOG_OTHER] = "other",
};

/* NULL, too, while the database is away: then nothing is told. */
static const char *find(struct ctx *ctx, const char *key)
{
	const struct chat *chat = ctx_find_chat(ctx);
	struct holder holder;
	const char *value;
	struct why why;

	if (!chat || !chat_is_group(chat))
		return NULL;
	holder = (struct holder) { .scope = OF_CHAT, .id = chat->id };
	return chat_settings_find(ctx, holder, LOG_MODULE, key, &value, &why) ? value : NULL;
}

static bool set(struct ctx *ctx, const char *key, const char *value)
{
	const struct chat *chat = ctx_find_chat(ctx);
	struct why why;

	if (!chat || !chat_is_group(chat))
		why_set(&why, "the log of no group");
	else if (chat_settings_set(ctx, (struct holder) { .scope = OF_CHAT, .id = chat->id },
				   LOG_MODULE, key, value, &why))
		return true;
	ctx_fail(ctx, "%s", why.text);
	return false;
}

int64_t ctx_log_channel(struct ctx *ctx)
{
	const char *value = find(ctx, LOG_CHANNEL);

	return value ? strtoll(value, NULL, 10) : 0;
}

bool ctx_set_log_channel(struct ctx *ctx, int64_t chat_id)
{
	return set(ctx, LOG_CHANNEL,
		   chat_id ? arena_printf(ctx->arena, "%" PRId64, chat_id) : NULL);
}

bool ctx_is_logged(struct ctx *ctx, enum log_category category)
{
	return find(ctx, keys[category]) == NULL;
}

bool ctx_set_logged(struct ctx *ctx, enum log_category category, bool logged)
{
	return set(ctx, keys[category], logged ? NULL : LEFT_OUT);
}

/* --- messages --------------------------------------------------------------------------------- */

struct draft *ctx_find_log(struct ctx *ctx, enum log_category category)
{
	int64_t channel = ctx_log_channel(ctx);
	const struct chat *chat = ctx_find_chat(ctx);
	struct draft *draft;

	if (!channel || !ctx_is_logged(ctx, category))
		return NULL;
	draft = ctx_draft(ctx);
	draft_to(draft, channel, 0);
	draft_flags(draft, DRAFT_SILENT);
	if (chat->title[0])
		draft_add(draft, "<b>%s</b>\n", chat->title);
	else
		draft_add(draft, "<code>%lld</code>\n", (long long)chat->id);
	return draft;
}

static int64_t count(struct ctx *ctx)
{
	const struct brief_key key = {
		.holder = { .scope = OF_CHAT, .id = ctx_find_chat(ctx)->id },
		.module = LOG_MODULE,
		.name = keys[LOG_RULES],
	};

	return count_recent_at(ctx, &key, RATION_SECONDS);
}

struct draft *log_find_rationed(struct ctx *ctx, enum log_category category)
{
	struct draft *draft = ctx_find_log(ctx, category);
	int64_t counted;

	if (!draft || category != LOG_RULES)
		return draft;
	counted = count(ctx);
	if (counted == LOG_RULES_MOST + 1) {
		draft_add(draft, "%s",
			  _("More is done here than can be told. What comes in the next minute is "
			    "left out."));
		draft_reply(draft);
	}
	return counted > LOG_RULES_MOST ? NULL : draft;
}

/* https://core.telegram.org/api/links#message-links */
const char *message_url(struct ctx *ctx, const struct chat *chat, int64_t message_id)
{
	if (chat->username[0])
		return arena_printf(ctx->arena, "https://t.me/%s/%" PRId64, chat->username,
				    message_id);
	if (chat->type != CHAT_SUPERGROUP && chat->type != CHAT_CHANNEL)
		return "";
	return arena_printf(ctx->arena, "https://t.me/c/%" PRId64 "/%" PRId64,
			    SUPERGROUP_ID(chat->id), message_id);
}

const char *ctx_message_url(struct ctx *ctx, int64_t message_id)
{
	return message_url(ctx, ctx_find_chat(ctx), message_id);
}
