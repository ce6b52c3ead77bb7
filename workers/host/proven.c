/* proven.c - somebody proves to have written a command as an anonymous administrator: it runs in
 * their name, once. */
#include <inttypes.h>

#include "workers/host/access.h"
#include "workers/host/brief.h"
#include "workers/host/here.h"
#include "workers/host/press.h"
#include "workers/host/proof.h"
#include "workers/host/rows.h"

/* --- two updates at once ---------------------------------------------------------------------- */

/* What of a context is about its update. */
struct scene {
	struct update update;
	struct match match;
	const struct chat *chat;
	const struct user *user;
	const struct message *message;
	const struct answer *whole_update;
	struct text proven;
	const struct row *row;
	const struct slug_values *slug_values;
	bool chat_was_read, user_was_read, message_was_read;
};

#define EXCHANGE(member)                                    \
	do {                                                \
		__typeof__(ctx->member) kept = ctx->member; \
		ctx->member = scene->member;                \
		scene->member = kept;                       \
	} while (0)

static void exchange(struct ctx *ctx, struct scene *scene)
{
	EXCHANGE(update);
	EXCHANGE(match);
	EXCHANGE(chat);
	EXCHANGE(user);
	EXCHANGE(message);
	EXCHANGE(whole_update);
	EXCHANGE(proven);
	EXCHANGE(row);
	EXCHANGE(slug_values);
	EXCHANGE(chat_was_read);
	EXCHANGE(user_was_read);
	EXCHANGE(message_was_read);
}

/* The command, as if whoever pressed had written it as themselves. */
static struct scene scene_of(struct ctx *ctx, struct text body)
{
	struct scene scene = { .proven = body, .user = ctx_find_user(ctx), .user_was_read = true };

	update_read(body.data, body.length, KIND_MESSAGE, &scene.update);
	routes_match(ctx->host->routes, &scene.update, ctx->host->bot.username, &scene.match);
	return scene;
}

/* --- the rows that wanted an administrator ---------------------------------------------------- */

/* The others have seen the message when it came. */
static const struct row *const *next_row(struct ctx *ctx, const struct row *const *row)
{
	row = match_fit(&ctx->match, row);
	while (*row && ((*row)->route->kind != ROUTE_COMMAND || !(*row)->route->admin))
		row = match_fit(&ctx->match, row + 1);
	return row;
}

static enum access check(struct ctx *ctx)
{
	enum access refusal = ACCESS_SILENT;

	for (const struct row *const *row = next_row(ctx, ctx->match.rows); *row;
	     row = next_row(ctx, row + 1)) {
		refusal = access_check(ctx, *row);
		if (refusal == ACCESS_GRANTED)
			break;
	}
	return refusal;
}

static enum verdict run(struct ctx *ctx)
{
	for (const struct row *const *row = next_row(ctx, ctx->match.rows); *row;
	     row = next_row(ctx, row + 1)) {
		enum verdict verdict;

		if (access_check(ctx, *row) != ACCESS_GRANTED)
			continue;
		verdict = rows_run_one(ctx, *row);
		if (verdict != PASS)
			return verdict;
	}
	return DONE;
}

/* --- the press -------------------------------------------------------------------------------- */

/* Who presses again, or at the same time, is late. */
static bool is_first(struct ctx *ctx, int64_t message_id)
{
	const struct brief_key key = {
		.holder = { .scope = OF_CHAT, .id = ctx_find_here(ctx)->id },
		.module = "korone",
		.name = arena_printf(ctx->arena, "proven/%" PRId64, message_id),
	};

	return brief_claim_at(ctx, &key, 2 * PROOF_SECONDS);
}

static enum verdict go_on(struct ctx *ctx, struct scene *command, const struct button *button)
{
	enum verdict verdict;

	if (ctx_press_waits(ctx))
		ctx_answer_press(ctx);
	ctx_delete(ctx, button->message_id);
	exchange(ctx, command);
	verdict = run(ctx);
	exchange(ctx, command);
	/* Reported under the name of the handler that failed. */
	if (verdict == FAIL)
		ctx->row = command->row;
	return verdict;
}

enum verdict proof_press(struct ctx *ctx, const struct button *button)
{
	int64_t id = slug_integer(ctx, 0);
	struct text body = proof_find(ctx, id);
	struct scene command;
	enum access access;

	if (!body.data) {
		ctx_delete(ctx, button->message_id);
		return ctx_alert(ctx, _("That took too long. Please write it again."));
	}
	command = scene_of(ctx, body);
	exchange(ctx, &command);
	access = check(ctx);
	exchange(ctx, &command);
	if (access != ACCESS_GRANTED) {
		access_explain(ctx, access);
		return DONE;
	}
	if (!is_first(ctx, id))
		return ctx_toast(ctx, _("Somebody was faster."));
	return go_on(ctx, &command, button);
}
