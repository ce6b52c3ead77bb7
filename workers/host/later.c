/* later.c - packs and unpacks the work of ctx_laterf(), ctx_every() and ctx_daily(), and orders
 * what ingress is to do with it. */
#include "workers/host/later.h"

#include <stdarg.h>
#include <string.h>

#include "common/hash_table.h"
#include "common/log.h"
#include "common/piece.h"
#include "workers/host/row.h"
#include "workers/host/skeleton.h"
#include "workers/host/zone.h"
#include "workers/storage/seal.h"
#include "workers/wire/wire.h"

#define LOG_SUBSYSTEM "host"

#define WORK_VERSION 4
#define EVERY_MIN_S 60
/* A slug that no module has (any more): it may come back, and costs little until then. */
#define EVERY_UNKNOWN_S 86400
/* What is daily and is given to us so much before it is due was hastened. */
#define EARLY_S 60
#define NO_MINUTE (-1)

_Static_assert(WORK_SLUG_MAX + SKELETON_MAX + 128 <= ORDER_BODY_MAX, "ingress takes all work");

/* A piece of work as it waits. */
struct waiting {
	struct text slug;
	enum update_kind kind;
	struct text skeleton;
	int32_t stage;
	int64_t due_s;   /* UTC */
	int64_t every_s; /* 0: it does not repeat so */
	int64_t minute;  /* of the day; NO_MINUTE: it is not daily */
	struct piece piece;
};

static bool repeats(const struct waiting *waiting)
{
	return waiting->every_s > 0 || waiting->minute != NO_MINUTE;
}

/* --- orders ----------------------------------------------------------------------------------- */

static enum verdict order(struct ctx *ctx, const struct order *order)
{
	struct buffer *out = &ctx->host->orders;

	order_write(order, out);
	if (++ctx->orders <= ORDERS_MAX && buffer_unread_size(out) <= ORDERS_BYTES_MAX)
		return DONE;
	return ctx_fail(ctx, "more than %u orders about work that waits, or %u KiB of them",
			ORDERS_MAX, ORDERS_BYTES_MAX >> 10);
}

void later_drop(struct ctx *ctx)
{
	struct buffer *orders = &ctx->host->orders;

	orders->size = orders->start + ctx->orders_kept;
}

void later_keep(struct ctx *ctx)
{
	ctx->orders_kept = buffer_unread_size(&ctx->host->orders);
}

struct text later_orders(const struct ctx *ctx)
{
	const struct buffer *orders = &ctx->host->orders;
	size_t size = ctx->failure.reason ? ctx->orders_kept : buffer_unread_size(orders);

	if (!size)
		return (struct text) { NULL, 0 };
	return (struct text) { (const char *)buffer_unread(orders), size };
}

enum verdict later_forget(struct ctx *ctx, bool is_chat, int64_t id)
{
	return order(ctx,
		     &(struct order) { .kind = is_chat ? ORDER_FORGET_CHAT : ORDER_FORGET_PERSON,
				       .id = id });
}

enum verdict later_hasten(struct ctx *ctx, int64_t chat_id)
{
	return order(ctx, &(struct order) { .kind = ORDER_HASTEN, .id = chat_id });
}

/* --- names ------------------------------------------------------------------------------------ */

/* Ingress adds the chat, so that the key stays the same when the chat gets another id. Keyed,
 * because slugs have texts of people: with another's key somebody could replace what waits for
 * others. */
static uint64_t key_of(const struct ctx *ctx, const char *slug)
{
	uint8_t digest[SEAL_DIGEST_SIZE];
	uint64_t key;

	seal_digest(ctx->host->settings->privacy_key, SEAL_PIECE, slug, strlen(slug), digest);
	memcpy(&key, digest, sizeof(key));
	return key ? key : 1;
}

/* NULL, and the handler has failed, when there is no such route, the values do not fit, or there is
 * no chat to do it in. */
static const char *write_slug(struct ctx *ctx, const char *literal, va_list arguments)
{
	const struct row *row = routes_find_slug(ctx->host->routes, ROUTE_WORK, literal);
	struct text slug;
	struct why why;

	if (!ctx_find_chat(ctx)) {
		ctx_fail(ctx, "\"%s\" is put off in no chat", literal);
		return NULL;
	}
	if (!row) {
		ctx_fail(ctx, "no WORK() route is called \"%s\"", literal);
		return NULL;
	}
	if (slug_write(row->slug, arguments, ctx->arena, &slug, &why))
		return slug.data;
	ctx_fail(ctx, "work that is put off: %s", why.text);
	return NULL;
}

/* --- put off ---------------------------------------------------------------------------------- */

/* Each piece of work that an update, or one of its pieces, puts off is a turn with its own writes.
 */
static int32_t next_stage(struct ctx *ctx)
{
	uint64_t stage = hash_mix((uint64_t)ctx->item->update_id, (uint32_t)ctx->stage);

	stage = hash_mix(stage, ++ctx->pieces) & INT32_MAX;
	return stage ? (int32_t)stage : 1;
}

/* Whole when it came from Telegram; of earlier work its skeleton, or whole from before there were
 * skeletons. */
static struct text current_update(const struct ctx *ctx)
{
	return ctx->resumed.data ? ctx->resumed : ctx->item->body;
}

/* Who proved to have written something does what was put off: it is of their press. */
static enum update_kind current_kind(const struct ctx *ctx)
{
	return ctx->proven.data ? ctx->item->kind : ctx->update.kind;
}

static struct text write_skeleton(struct ctx *ctx, const struct skeleton_changes *changes)
{
	struct buffer out = { 0 };
	struct text skeleton;

	skeleton_write(current_update(ctx), current_kind(ctx), changes, &out);
	skeleton.length = buffer_unread_size(&out);
	skeleton.data = arena_memdup(ctx->arena, buffer_unread(&out), skeleton.length);
	buffer_finish(&out);
	return skeleton;
}

/* Whom it is about, and where: in a group what repeats is the group's and nobody's. */
static void describe(struct ctx *ctx, struct waiting *waiting)
{
	const struct chat *chat = ctx_find_chat(ctx);
	const struct chat *origin = update_find_chat(&ctx->update, ctx->arena);
	const struct user *user = ctx_find_user(ctx);
	struct skeleton_changes changes = {
		.nobody = repeats(waiting) && chat && chat->type != CHAT_PRIVATE,
		.chat = chat && (!origin || chat->id != origin->id) ? chat : NULL,
	};

	waiting->kind = current_kind(ctx);
	waiting->skeleton = write_skeleton(ctx, &changes);
	waiting->piece.chat_id = chat ? chat->id : 0;
	waiting->piece.person_id = user && !changes.nobody ? user->id : 0;
	if (repeats(waiting))
		waiting->piece.flags |= PIECE_REPEATS;
	if (waiting->minute != NO_MINUTE)
		waiting->piece.flags |= PIECE_DAILY;
}

static enum verdict put(struct ctx *ctx, const struct waiting *waiting, int64_t after_s)
{
	struct buffer body = { 0 };
	struct order put = { .kind = ORDER_PUT };
	enum verdict verdict;

	piece_write(&waiting->piece, &body);
	pack_array(&body, 8);
	pack_uint(&body, WORK_VERSION);
	pack_text_n(&body, waiting->slug.data, waiting->slug.length);
	pack_uint(&body, waiting->kind);
	pack_bytes(&body, waiting->skeleton.data, waiting->skeleton.length);
	pack_uint(&body, (uint64_t)next_stage(ctx));
	pack_int(&body, waiting->due_s);
	pack_int(&body, waiting->every_s);
	pack_int(&body, waiting->minute);
	put.after_ms = after_s > 0 ? (uint64_t)after_s * 1000 : 0;
	put.body = (struct text) { (const char *)buffer_unread(&body), buffer_unread_size(&body) };
	verdict = order(ctx, &put);
	buffer_finish(&body);
	return verdict;
}

static enum verdict put_off(struct ctx *ctx, struct waiting *waiting, const char *slug,
			    int64_t after_s)
{
	waiting->slug = text_of(slug);
	waiting->piece.key = key_of(ctx, slug);
	describe(ctx, waiting);
	return put(ctx, waiting, after_s);
}

enum verdict later_put_off_job(struct ctx *ctx, int64_t after_s, const char *slug)
{
	struct waiting waiting = { .minute = NO_MINUTE,
				   .due_s = ctx_now(ctx) + after_s,
				   .piece = { .flags = PIECE_STAYS } };

	return put_off(ctx, &waiting, slug, after_s);
}

enum verdict ctx_laterf(struct ctx *ctx, int64_t after_s, const char *slug, ...)
{
	struct waiting waiting = { .minute = NO_MINUTE, .due_s = ctx_now(ctx) + after_s };
	const char *written;
	va_list arguments;

	va_start(arguments, slug);
	written = write_slug(ctx, slug, arguments);
	va_end(arguments);
	if (!written)
		return FAIL;
	if (after_s < 0 || after_s > ORDER_AFTER_MAX_S)
		return ctx_fail(ctx, "cannot wait %lld s", (long long)after_s);
	return put_off(ctx, &waiting, written, after_s);
}

enum verdict ctx_every(struct ctx *ctx, int64_t seconds, const char *slug, ...)
{
	struct waiting waiting = { .minute = NO_MINUTE, .every_s = seconds };
	const char *written;
	va_list arguments;

	va_start(arguments, slug);
	written = write_slug(ctx, slug, arguments);
	va_end(arguments);
	if (!written)
		return FAIL;
	if (seconds < EVERY_MIN_S || seconds > ORDER_AFTER_MAX_S)
		return ctx_fail(ctx, "cannot repeat every %lld s: from %d s to 366 days",
				(long long)seconds, EVERY_MIN_S);
	waiting.due_s = ctx_wall_clock(ctx) + seconds;
	return put_off(ctx, &waiting, written, seconds);
}

enum verdict ctx_daily(struct ctx *ctx, int64_t minute_of_day, const char *slug, ...)
{
	struct waiting waiting = { .minute = minute_of_day };
	const char *written;
	va_list arguments;

	va_start(arguments, slug);
	written = write_slug(ctx, slug, arguments);
	va_end(arguments);
	if (!written)
		return FAIL;
	if (minute_of_day < 0 || minute_of_day >= MINUTES_OF_DAY)
		return ctx_fail(ctx, "a day has no minute %lld: 0 to %d", (long long)minute_of_day,
				MINUTES_OF_DAY - 1);
	waiting.due_s = zone_next(ctx_zone(ctx), ctx_wall_clock(ctx), minute_of_day);
	return put_off(ctx, &waiting, written, waiting.due_s - ctx_wall_clock(ctx));
}

void ctx_cancel(struct ctx *ctx, const char *slug, ...)
{
	const char *written;
	va_list arguments;

	va_start(arguments, slug);
	written = write_slug(ctx, slug, arguments);
	va_end(arguments);
	if (written)
		(void)order(ctx, &(struct order) { .kind = ORDER_CANCEL,
						   .id = ctx_find_chat(ctx)->id,
						   .key = key_of(ctx, written) });
}

/* --- due -------------------------------------------------------------------------------------- */

/* Of version 1: what was put off under a name, with any text, is as a slug with that text as its
 * value. */
static struct text read_payload(struct ctx *ctx, struct cursor *cursor)
{
	struct text name = cursor_text(cursor), payload = cursor_text(cursor);

	if (!payload.length)
		return name;
	return text_of(arena_printf(ctx->arena, "%.*s:%.*s", (int)name.length, name.data,
				    (int)payload.length, payload.data));
}

static void check(struct cursor *cursor, uint64_t version, uint64_t kind, uint64_t stage,
		  const struct waiting *waiting)
{
	if (version < 1 || version > WORK_VERSION)
		cursor_fail(cursor, "another version");
	if (kind >= KIND_COUNT || stage < 1 || stage > INT32_MAX)
		cursor_fail(cursor, "no such update");
	if (waiting->every_s < 0 || waiting->every_s > ORDER_AFTER_MAX_S ||
	    waiting->minute < NO_MINUTE || waiting->minute >= MINUTES_OF_DAY)
		cursor_fail(cursor, "it repeats at no time");
}

static bool read_waiting(struct ctx *ctx, struct text body, struct waiting *out)
{
	struct cursor cursor = cursor_make(body.data, body.length);
	uint64_t version, stage = 1, kind;
	struct why why;

	*out = (struct waiting) { .minute = NO_MINUTE };
	cursor_array(&cursor); /* another count leaves something over, or is a fault */
	version = cursor_uint(&cursor);
	out->slug = version == 1 ? read_payload(ctx, &cursor) : cursor_text(&cursor);
	kind = cursor_uint(&cursor);
	out->skeleton = cursor_bytes(&cursor);
	if (version >= 3) {
		stage = cursor_uint(&cursor);
		out->due_s = cursor_int(&cursor);
	}
	if (version >= 4) {
		out->every_s = cursor_int(&cursor);
		out->minute = cursor_int(&cursor);
	}
	check(&cursor, version, kind, stage, out);
	if (!cursor_end(&cursor, &why)) {
		log_error("cannot read deferred work", log_unsigned("version", version),
			  log_text("error", why.text));
		return false;
	}
	out->kind = (enum update_kind)kind;
	out->stage = (int32_t)stage;
	return true;
}

/* The group has become a supergroup since: ingress has its new id. */
static void follow_chat(struct ctx *ctx, int64_t chat_id, enum update_kind kind)
{
	const struct chat *former = update_find_chat(&ctx->update, ctx->arena);
	struct chat chat;

	if (!chat_id || !former || former->id == chat_id)
		return;
	chat = *former;
	chat.id = chat_id;
	chat.type = CHAT_SUPERGROUP;
	ctx->resumed = write_skeleton(ctx, &(struct skeleton_changes) { .chat = &chat });
	update_read(ctx->resumed.data, ctx->resumed.length, kind, &ctx->update);
	ctx->chat_was_read = false;
}

/* The next time after this one, and after now. */
static int64_t next_due(struct ctx *ctx, const struct waiting *waiting, bool is_known)
{
	const int64_t now_s = ctx_wall_clock(ctx);
	const int64_t from_s = waiting->due_s > now_s ? waiting->due_s : now_s;

	if (waiting->minute != NO_MINUTE)
		return zone_next(ctx_zone(ctx), from_s, waiting->minute);
	if (!is_known && waiting->every_s < EVERY_UNKNOWN_S)
		return from_s + EVERY_UNKNOWN_S;
	return waiting->due_s +
	       ((from_s - waiting->due_s) / waiting->every_s + 1) * waiting->every_s;
}

static void put_off_again(struct ctx *ctx, const struct waiting *waiting, int64_t due_s)
{
	struct waiting next = *waiting;

	next.skeleton = ctx->resumed;
	next.due_s = due_s;
	(void)put(ctx, &next, due_s - ctx_wall_clock(ctx));
	later_keep(ctx);
}

bool later_repeat(struct ctx *ctx)
{
	const struct waiting *waiting = ctx->waiting;

	if (!repeats(waiting))
		return true;
	if (waiting->minute != NO_MINUTE && waiting->due_s > ctx_wall_clock(ctx) + EARLY_S) {
		put_off_again(ctx, waiting,
			      zone_next(ctx_zone(ctx), ctx_wall_clock(ctx), waiting->minute));
		return false;
	}
	put_off_again(ctx, waiting, next_due(ctx, waiting, ctx->match.rows[0] != NULL));
	return true;
}

bool later_resume(struct ctx *ctx, struct text work, struct text *slug)
{
	struct waiting *waiting = arena_alloc(ctx->arena, sizeof(*waiting));

	if (!read_waiting(ctx, piece_rest(work), waiting))
		return false;
	(void)piece_read(work, &waiting->piece);
	*slug = waiting->slug;
	ctx->waiting = waiting;
	ctx->resumed = waiting->skeleton;
	ctx->stage = waiting->stage;
	ctx->due_s = waiting->due_s;
	update_read(ctx->resumed.data, ctx->resumed.length, waiting->kind, &ctx->update);
	follow_chat(ctx, waiting->piece.chat_id, waiting->kind);
	ctx->query_answered = true; /* answered when the work was put off */
	return true;
}
