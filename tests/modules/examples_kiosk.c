/* examples_kiosk.c - the rarer kinds of updates: a kiosk that is found by inline queries and deep
 * links, sells tea, takes photos, and has a guard at its door. */
#include "workers/module.h"

#include <string.h>

/* --- the guard, before everything else -------------------------------------------------------- */

static enum verdict keep_out(struct ctx *ctx, const struct message *message)
{
	return strstr(message->text, "spam") ? ctx_delete(ctx, message->id) : PASS;
}

/* --- found by inline queries ------------------------------------------------------------------ */

#define MORE "kiosk_more:%d"
#define RULES "kiosk_rules:%lld:%.10s"

static enum verdict search(struct ctx *ctx, const struct inline_query *query)
{
	struct draft *draft;

	if (!query->query[0])
		return PASS;
	draft = ctx_inline_result(ctx, "tea", "Tea", "hot");
	draft_add(draft, "<b>%s</b> is hot", query->query);
	draft_button(draft, "More", MORE, 1);
	draft = ctx_inline_result(ctx, "cup", "A cup", "");
	draft_media(draft, "photo", "CUP", NULL);
	ctx_inline_keep(ctx, 60, false);
	ctx_inline_next(ctx, query->offset[0] ? "" : "2");
	ctx_inline_button(ctx, "The rules", RULES, 7LL, "inline");
	return ctx_inline_answer(ctx);
}

static enum verdict show_more(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "page %lld", (long long)slug_integer(ctx, 0));
	return draft_edit(draft, button);
}

static enum verdict note_choice(struct ctx *ctx, const struct chosen_result *result)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "%s took %s", result->from->first_name, result->result_id);
	draft_to(draft, 42, 0);
	return draft_reply(draft);
}

static enum verdict answer_guest(struct ctx *ctx, const struct message *message)
{
	return ctx_reply(ctx, "Hello, %s. Ask me in private.", message->from->first_name);
}

/* --- found by links --------------------------------------------------------------------------- */

static enum verdict invite(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "The kiosk");
	draft_deep_link(draft, "Rules", RULES, (long long)cmd->chat->id, "button");
	draft_deep_link(draft, "Mine", "kiosk_mine");
	return draft_reply(draft);
}

static enum verdict show_rules(struct ctx *ctx, const struct link *link)
{
	return ctx_reply(ctx, "%s, these are the rules of %lld (%s).", link->from->first_name,
			 (long long)slug_integer(ctx, 0), slug_text(ctx, 1));
}

static enum verdict show_own(struct ctx *ctx, const struct link *link)
{
	return ctx_reply(ctx, "Only for you, %s.", link->from->first_name);
}

/* --- sells tea -------------------------------------------------------------------------------- */

static enum verdict offer(struct ctx *ctx, const struct shipping_query *query)
{
	static const struct shipping_option options[] = { { "post", "Post", 100 } };

	if (strcmp(query->country, "DE") != 0)
		return ctx_refuse_payment(ctx, "We do not ship to %s.", query->country);
	return ctx_offer_shipping(ctx, options, 1);
}

static enum verdict sell(struct ctx *ctx, const struct payment *payment)
{
	if (strcmp(payment->payload, "tea") == 0)
		return ctx_accept_payment(ctx);
	if (strcmp(payment->payload, "fire") == 0)
		return ctx_fail(ctx, "the kiosk burns");
	return PASS;
}

static enum verdict thank(struct ctx *ctx, const struct service_message *message)
{
	return ctx_reply(ctx, "Thank you, %s.", message->from->first_name);
}

/* --- takes photos ----------------------------------------------------------------------------- */

#define PHOTO "kiosk_photo:%d"

static enum verdict ask_for_photo(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_add(draft, "Show me your cup.");
	draft_question(draft, PHOTO, 3);
	return draft_reply(draft);
}

static enum verdict take_photo(struct ctx *ctx, const struct message *message)
{
	return ctx_reply(ctx, "Cup %lld is %s “%s”.", (long long)slug_integer(ctx, 0),
			 message->media ? message->media->file_id : "none", message->text);
}

static enum verdict count_stickers(struct ctx *ctx, const struct message *message)
{
	return ctx_reply(ctx, "A sticker: %s.", message->media->file_id);
}

static const struct route kiosk_routes[] = {
	INLINE(search),
	CHOSEN(note_choice),
	GUEST(answer_guest),
	BUTTON(MORE, show_more),
	COMMAND("kiosk", invite),
	LINK(RULES, show_rules, .private = true),
	LINK("kiosk_mine", show_own, .asker = true),
	SHIPPING(offer),
	PAYMENT(sell),
	SERVICE("successful_payment", thank),
	COMMAND("cup", ask_for_photo),
	MESSAGE(take_photo, .step = PHOTO, .contents = CONTENT_PHOTO),
	MESSAGE(count_stickers, .contents = CONTENT_STICKER),
	MESSAGE(keep_out, .first = 20),
	END_OF_ROUTES,
};

const struct module kiosk_example = { .name = "kiosk", .routes = kiosk_routes };
