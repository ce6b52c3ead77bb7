/* words.c - names and reasons. */
#include "workers/modules/moderation/words.h"

void add_person(struct ctx *ctx, struct draft *draft, const struct user *user)
{
	draft_add(draft, "<a href=\"tg://user?id=%lld\">%s</a>", (long long)user->id,
		  user->first_name[0] ? user->first_name
				      : ctx_printf(ctx, "%lld", (long long)user->id));
}

void add_doer(struct ctx *ctx, struct draft *draft, const struct user *user)
{
	draft_add(draft, "\n<b>%s</b> ", _("By:"));
	add_person(ctx, draft, user);
}

const char *explain_refusal(struct ctx *ctx, const struct answer *answer)
{
	if (!answer_refused(answer))
		return _("Telegram gives no answer right now. Please try again.");
	ctx_forget_admins(ctx);
	return ctx_printf(ctx, _("Telegram refuses: %s"), answer_error(answer));
}

/* t.me/c/ID/MESSAGE is for members of supergroups (core.telegram.org/api/links). */
const char *link_to_message(struct ctx *ctx, int64_t message_id)
{
	const struct chat *chat = ctx_find_chat(ctx);

	if (chat->username[0])
		return ctx_printf(ctx, "https://t.me/%s/%lld", chat->username,
				  (long long)message_id);
	return ctx_printf(ctx, "https://t.me/c/%lld/%lld", -(long long)chat->id - 1000000000000,
			  (long long)message_id);
}
