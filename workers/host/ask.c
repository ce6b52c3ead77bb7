/* ask.c - the hidden link of a question: the slug, a deadline and a seal, made and checked.
 *
 * "NAME-DEADLINE-SEAL", or "NAME:VALUES-DEADLINE-SEAL" with what follows the slug's first colon as
 * base64url, since values may be anything. */
#include "workers/host/ask.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64url.h"
#include "common/clock.h"
#include "common/xalloc.h"
#include "workers/host/connection.h"
#include "workers/host/here.h"
#include "workers/host/turn.h"
#include "workers/storage/seal.h"

#define QUESTION_LINK "http://t.me/#ask-" /* a fragment: opening it leads nowhere */
#define DEADLINE_SIZE 24                  /* with its dash */

_Static_assert(BASE64URL_SIZE(STEP_SLUG_MAX) + DEADLINE_SIZE <= SEALED_DATA_MAX,
	       "longer than a seal takes");

/* Telegram's clock: when the person wrote, however late that is handled. */
static int64_t time_of(const struct ctx *ctx)
{
	return ctx->update.kind == KIND_MESSAGE ? ctx->update.message.date : clock_utc_s();
}

static int64_t chat_of(struct ctx *ctx)
{
	const struct chat *chat = ctx_find_here(ctx);

	return chat ? chat->id : 0;
}

static int64_t user_of(struct ctx *ctx)
{
	const struct user *user = ctx_find_user(ctx);

	return user ? user->id : 0;
}

/* The slug as it stands in the link. */
static const char *spell(struct ctx *ctx, struct text slug)
{
	size_t name = slug_name(slug).length;
	char values[BASE64URL_SIZE(STEP_SLUG_MAX)];
	size_t length;

	if (name == slug.length)
		return arena_strndup(ctx->arena, slug.data, slug.length);
	length = base64url_encode(slug.data + name + 1, slug.length - name - 1, values);
	return arena_printf(ctx->arena, "%.*s:%.*s", (int)name, slug.data, (int)length, values);
}

static bool unspell(struct ctx *ctx, struct text spelled, struct text *slug)
{
	size_t name = slug_name(spelled).length, size;
	char *out;

	*slug = spelled;
	if (name == spelled.length)
		return true;
	out = arena_memdup(ctx->arena, spelled.data, spelled.length);
	slug->data = out;
	if (!base64url_decode(spelled.data + name + 1, spelled.length - name - 1, out + name + 1,
			      &size))
		return false;
	slug->length = name + 1 + size;
	return true;
}

const char *ask_link(struct ctx *ctx, const struct place *to, struct text slug)
{
	const char *what = arena_printf(ctx->arena, "%s-%" PRId64, spell(ctx, slug),
					time_of(ctx) + ASK_SECONDS);
	char mark[SEAL_SIZE];

	seal_make(ctx->host->settings->privacy_key, SEAL_QUESTION,
		  connection_seals(ctx, to->chat_id), place_person(to, ctx), what, strlen(what),
		  mark);
	return arena_printf(ctx->arena, QUESTION_LINK "%s-%.*s", what, SEAL_SIZE, mark);
}

static bool is_asked_in(struct ctx *ctx, int64_t chat_id, struct text what, const char *seal)
{
	return seal_fits(ctx->host->settings->privacy_key, SEAL_QUESTION, chat_id, user_of(ctx),
			 what.data, what.length, seal);
}

static bool is_asked(struct ctx *ctx, struct text what, const char *seal)
{
	int64_t other;

	if (is_asked_in(ctx, chat_of(ctx), what, seal))
		return true;
	other = connection_question_chat(ctx);
	ctx->connection_asked = other && is_asked_in(ctx, other, what, seal);
	return ctx->connection_asked;
}

/* What is behind QUESTION_LINK. */
static enum ask_state read_link(struct ctx *ctx, struct text url, struct text *slug)
{
	const char *start = url.data + strlen(QUESTION_LINK);
	const char *dash;
	struct text what;

	if (url.length <= strlen(QUESTION_LINK) + 1 + SEAL_SIZE ||
	    memcmp(url.data, QUESTION_LINK, strlen(QUESTION_LINK)) != 0)
		return ASK_NOTHING;
	what = (struct text) { start, url.length - strlen(QUESTION_LINK) - 1 - SEAL_SIZE };
	dash = memrchr(what.data, '-', what.length);
	if (!dash || what.length > SEALED_DATA_MAX)
		return ASK_NOTHING;
	if (!is_asked(ctx, what, url.data + url.length - SEAL_SIZE) ||
	    !unspell(ctx, (struct text) { start, (size_t)(dash - start) }, slug))
		return ASK_NOTHING;
	return strtoll(dash + 1, NULL, 10) < time_of(ctx) ? ASK_TOO_LATE : ASK_ANSWERED;
}

/* --- /cancel ---------------------------------------------------------------------------------- */

/* Ids of messages grow within a chat, so the id of the /cancel tells which questions came before
 * it. */
static struct brief_key cancel_key(struct ctx *ctx)
{
	return (struct brief_key) {
		.holder = { .scope = OF_MEMBER, .id = chat_of(ctx), .person = user_of(ctx) },
		.module = "cancel",
		.name = "questions",
	};
}

bool ctx_cancel_questions(struct ctx *ctx)
{
	const struct host_services *services = &ctx->host->services;
	struct brief_key key = cancel_key(ctx);
	struct mark mark = turn_write(ctx, key.holder, key.module, key.name);
	const char *now = arena_printf(ctx->arena, "%" PRId64, ctx->update.message.message_id);

	return services->storage->brief_set(services->storage_owner, &mark, &key, now, ASK_SECONDS);
}

static bool is_cancelled(struct ctx *ctx)
{
	const struct host_services *services = &ctx->host->services;
	struct buffer *scratch = &ctx->host->scratch;
	struct cursor asked = cursor_find(ctx->update.message.replied, "message_id");
	struct brief_key key = cancel_key(ctx);

	buffer_clear(scratch);
	return cursor_type(&asked) == PACK_INT &&
	       services->storage->brief_find(services->storage_owner, &key, scratch) &&
	       cursor_int(&asked) < strtoll(buffer_text(scratch), NULL, 10);
}

enum ask_state ask_find(struct ctx *ctx, struct text *slug)
{
	struct text url = update_find_hidden_link(&ctx->update, ctx->host->bot.id, ctx->arena);
	enum ask_state state = url.length ? read_link(ctx, url, slug) : ASK_NOTHING;

	return state == ASK_ANSWERED && is_cancelled(ctx) ? ASK_CANCELLED : state;
}

enum verdict ask_tell_closed(struct ctx *ctx)
{
	return ctx_reply(ctx, "%s", _("That question is no longer open. Please start again."));
}

/* What somebody is asked for, when it is one thing. */
static const char *words_for(uint32_t contents)
{
	static const struct {
		uint32_t contents;
		const char *words;
	} rows[] = {
		{ CONTENT_TEXT | CONTENT_CAPTION, N_("Please answer with a text.") },
		{ CONTENT_TEXT, N_("Please answer with a text.") },
		{ CONTENT_PHOTO, N_("Please answer with a photo.") },
		{ CONTENT_VIDEO, N_("Please answer with a video.") },
		{ CONTENT_VOICE, N_("Please answer with a voice message.") },
		{ CONTENT_DOCUMENT, N_("Please answer with a file.") },
		{ CONTENT_STICKER, N_("Please answer with a sticker.") },
		{ CONTENT_CONTACT, N_("Please answer with a contact.") },
		{ CONTENT_LOCATION, N_("Please answer with a location.") },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].contents == contents)
			return rows[i].words;
	return N_("That is no answer to my question. Please send something else as a reply to it.");
}

enum verdict ask_tell_expected(struct ctx *ctx)
{
	if (ctx->too_late)
		return ask_tell_closed(ctx);
	return ctx_reply(ctx, "%s", ctx_translate(ctx, words_for(ctx->match.expected)));
}
