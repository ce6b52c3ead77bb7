/* draft.c - composes what is said: text, media, flags; and the short ways to say a text. */
#include "workers/host/draft.h"
#include "workers/host/name.h"

#include <stdarg.h>
#include <string.h>

#include "botapi/botapi.h"
#include "common/utf8.h"
#include "workers/host/literal.h"
struct draft *ctx_draft(struct ctx *ctx)
{
	struct draft *draft = arena_alloc(ctx->arena, sizeof(*draft));

	draft->ctx = ctx;
	markup_init(&draft->markup, ctx->arena);
	keyboard_init(&draft->keyboard, ctx->arena);
	return draft;
}

struct ctx *draft_ctx(const struct draft *draft)
{
	return draft->ctx;
}

void draft_fail(struct draft *draft, const char *fault)
{
	if (!draft->fault)
		draft->fault = fault;
}

void draft_add(struct draft *draft, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	markup_add(&draft->markup, format, arguments);
	va_end(arguments);
}

/* --- media ------------------------------------------------------------------------------------ */

void draft_media(struct draft *draft, const char *kind, const char *source, const struct file *file)
{
	struct draft_media *media = &draft->media;
	struct arena *arena = draft->ctx->arena;
	const struct media_kind *found = media_kind_find(kind);

	if (!found)
		draft_fail(draft, arena_printf(arena, "media: no \"%s\"; there are %s", kind,
					       media_kind_names(arena)));
	else if (media->count == ALBUM_MAX)
		draft_fail(draft, "media: over 10 in one album");
	else
		media->list[media->count++] = (struct medium) {
			.kind = found,
			.source = file ? file_part(draft->ctx, file) : source,
		};
}

void draft_cover(struct draft *draft, const char *source, const struct file *file)
{
	struct draft_media *media = &draft->media;
	struct medium *last = media->count ? &media->list[media->count - 1] : NULL;

	if (!last)
		draft_fail(draft, "media: a cover before the media that it is for");
	else if (!last->kind->cover)
		draft_fail(draft, arena_printf(draft->ctx->arena, "media: a cover of a %s",
					       last->kind->name));
	else
		last->cover = file ? file_part(draft->ctx, file) : source;
}

void draft_price(struct draft *draft, int64_t stars)
{
	draft->media.stars = stars;
	draft->media.priced = true;
}

/* --- polls ------------------------------------------------------------------------------------ */

static struct draft_poll *require_poll(struct draft *draft)
{
	if (!draft->poll)
		draft->poll = arena_alloc(draft->ctx->arena, sizeof(*draft->poll));
	return draft->poll;
}

void draft_poll(struct draft *draft, const char *question, ...)
{
	struct draft_poll *poll = require_poll(draft);
	va_list arguments;

	if (poll->has_question)
		draft_fail(draft, "a poll: two in one message");
	poll->has_question = true;
	markup_init(&poll->question, draft->ctx->arena);
	va_start(arguments, question);
	markup_add(&poll->question, question, arguments);
	va_end(arguments);
}

void draft_option(struct draft *draft, const char *option, ...)
{
	struct draft_poll *poll = require_poll(draft);
	va_list arguments;

	if (poll->count++ >= POLL_OPTIONS_MAX)
		return;
	markup_init(&poll->options[poll->count - 1], draft->ctx->arena);
	va_start(arguments, option);
	markup_add(&poll->options[poll->count - 1], option, arguments);
	va_end(arguments);
}

/* --- literals --------------------------------------------------------------------------------- */

/* Adds the members of the literal to `out`. */
static void add_members(struct draft *draft, const char *method, const char *literal,
			va_list arguments, struct text *out)
{
	struct ctx *ctx = draft->ctx;
	struct json json = ctx_parameters(ctx);
	struct literal_names names;
	struct text object;
	struct why why;

	if (out->length)
		json_raw(&json, out->data, out->length);
	if (!literal_write_members(literal, arguments, ctx->values,
				   botapi_find_method(method, strlen(method)), &json, &names,
				   &why)) {
		draft_fail(draft, arena_printf(ctx->arena, "%s: %s", method, why.text));
		return;
	}
	draft->has_end |= names.has_end;
	object = ctx_parameters_end(ctx, &json);
	*out = (struct text) { object.data + 1, object.length - 2 }; /* without its braces */
}

void draft_content(struct draft *draft, const char *method, const char *json, ...)
{
	va_list arguments;

	if (!botapi_find_method(method, strlen(method)))
		draft_fail(draft, arena_printf(draft->ctx->arena, "no method \"%s\"", method));
	draft->content = method;
	va_start(arguments, json);
	add_members(draft, method, json, arguments, &draft->more);
	va_end(arguments);
}

void draft_with(struct draft *draft, const char *json, ...)
{
	struct draft_media *media = &draft->media;
	struct medium *last = media->count ? &media->list[media->count - 1] : NULL;
	const char *method = draft->content ? draft->content
			     : last         ? last->kind->method
			     : draft->poll  ? "sendPoll"
					    : "sendMessage";
	va_list arguments;

	va_start(arguments, json);
	add_members(draft, method, json, arguments, last ? &last->more : &draft->more);
	va_end(arguments);
}

bool draft_has_content(const struct draft *draft)
{
	return draft->media.count || draft->poll || draft->content;
}

/* --- to whom and how -------------------------------------------------------------------------- */

void draft_to(struct draft *draft, int64_t chat_id, int64_t topic)
{
	draft->elsewhere = true;
	draft->chat_id = chat_id;
	draft->topic = topic;
}

void draft_answers(struct draft *draft, int64_t message_id)
{
	draft->answers_other = true;
	draft->answers = message_id;
}

void draft_quote(struct draft *draft, const char *text)
{
	draft->quote = text;
}

void draft_flags(struct draft *draft, unsigned flags)
{
	draft->flags |= flags;
	draft->keyboard.once |= flags & DRAFT_KEYS_ONCE;
	draft->keyboard.persistent |= flags & DRAFT_KEYS_STAY;
	draft->keyboard.remove |= flags & DRAFT_REMOVE_KEYS;
	draft->keyboard.force_reply |= flags & DRAFT_FORCE_REPLY;
}

void draft_preview(struct draft *draft, const char *url)
{
	draft->preview = url;
}

void draft_effect(struct draft *draft, const char *effect_id)
{
	draft->effect = effect_id;
}

void draft_write_flags(const struct draft *draft, const char *method, const struct place *to,
		       struct json *json)
{
	const struct botapi_method *known;

	if (!draft->flags && !draft->effect)
		return;
	known = botapi_find_method(method, strlen(method));
	if (draft->flags & DRAFT_SILENT && botapi_has_parameter(known, "disable_notification"))
		json_key_bool(json, "disable_notification", true);
	if (draft->flags & DRAFT_PROTECTED && botapi_has_parameter(known, "protect_content"))
		json_key_bool(json, "protect_content", true);
	if (draft->effect && place_is_private(to, draft->ctx) &&
	    botapi_has_parameter(known, "message_effect_id"))
		json_key_text(json, "message_effect_id", draft->effect);
}

void draft_write_preview(const struct draft *draft, struct json *json)
{
	json_key(json, "link_preview_options");
	json_object_start(json);
	if (!draft->preview)
		json_key_bool(json, "is_disabled", true);
	else if (*draft->preview)
		json_key_text(json, "url", draft->preview);
	if (draft->preview && draft->flags & DRAFT_PREVIEW_LARGE)
		json_key_bool(json, "prefer_large_media", true);
	if (draft->preview && draft->flags & DRAFT_PREVIEW_SMALL)
		json_key_bool(json, "prefer_small_media", true);
	if (draft->preview && draft->flags & DRAFT_PREVIEW_ABOVE)
		json_key_bool(json, "show_above_text", true);
	json_object_end(json);
}

/* --- texts ------------------------------------------------------------------------------------ */

static bool needs_text(const struct draft *draft, bool edits)
{
	return !draft_has_content(draft) && !(edits && draft->keyboard.keys);
}

/* Telegram has no buttons below albums: they are below the text. */
static bool lacks_text(const struct draft *draft)
{
	return draft->media.count > 1 && !draft->media.priced &&
	       !keyboard_is_empty(&draft->keyboard) && markup_is_blank(&draft->markup);
}

static const char *fault_of(struct draft *draft, bool edits)
{
	struct arena *arena = draft->ctx->arena;
	const char *fault = draft->fault;

	if (!fault && !markup_end(&draft->markup, !needs_text(draft, edits)))
		return arena_printf(arena, "the text of a message: %s", draft->markup.fault);
	if (!fault)
		fault = keyboard_fault(&draft->keyboard, edits);
	if (!fault)
		fault = draft_media_fault(&draft->media, edits, arena);
	if (!fault && lacks_text(draft))
		fault = "media: the buttons of an album, which has none, without a text for them";
	if (!fault && draft->poll)
		fault = draft_poll_fault(draft->poll, arena);
	if (!fault && draft->poll && draft->media.count)
		fault = "a poll: media in the same message";
	if (!fault && draft->content && (draft->poll || draft->media.count))
		fault = arena_printf(arena, "%s: media or a poll in the same message",
				     draft->content);
	if (!fault && draft->content && edits)
		fault = arena_printf(arena, "%s: it cannot be edited", draft->content);
	if (!fault && draft->poll && draft->question.data)
		fault = "a poll: it cannot be a question";
	if (!fault && draft->poll && edits)
		fault = "a poll: it cannot be edited";
	return fault;
}

enum verdict draft_check(struct draft *draft, bool edits)
{
	const char *fault = fault_of(draft, edits);

	return fault ? ctx_fail(draft->ctx, "%s", fault) : DONE;
}

#define SIGNATURE "\n\n— <i>%s</i>"

void draft_sign(struct draft *draft)
{
	const struct markup *markup = &draft->markup;
	bool captioned = draft->media.count || draft->flags & DRAFT_CAPTION;
	size_t most = captioned ? MARKUP_CAPTION_UNITS : MARKUP_TEXT_UNITS;
	const char *title;

	if (!draft->ctx->connected || markup_is_blank(markup))
		return;
	title = draft->ctx->entered->title;
	if (title[0] && utf8_units(markup->text, markup->size) + strlen(SIGNATURE) +
					utf8_units(title, strlen(title)) <=
				most)
		draft_add(draft, SIGNATURE, title);
}

enum verdict ctx_reply(struct ctx *ctx, const char *format, ...)
{
	struct draft *draft = ctx_draft(ctx);
	va_list arguments;

	va_start(arguments, format);
	markup_add(&draft->markup, format, arguments);
	va_end(arguments);
	return draft_reply(draft);
}

void draft_name(struct draft *draft, int64_t ends_s, const char *slug, ...)
{
	struct arena *arena = draft->ctx->arena;
	va_list arguments;
	struct why why;

	va_start(arguments, slug);
	draft->name = name_write(draft->ctx, slug, arguments, &why);
	va_end(arguments);
	draft->name_s = ends_s;
	if (!draft->name)
		draft_fail(draft, arena_printf(arena, "the name of a message: %s", why.text));
	else if (ends_s < 1 || ends_s > NAME_SECONDS_MAX)
		draft_fail(draft,
			   arena_printf(arena, "the name of a message for %lld s; it is 1 to %d",
					(long long)ends_s, NAME_SECONDS_MAX));
}

static void make_question(struct draft *draft, const char *step, va_list arguments)
{
	struct arena *arena = draft->ctx->arena;
	const struct row *row = routes_find_slug(draft->ctx->host->routes, ROUTE_TEXT, step);
	struct why why;

	if (!row)
		draft_fail(draft, arena_printf(arena, "no TEXT() route has the step \"%s\"", step));
	else if (!slug_write(row->slug, arguments, arena, &draft->question, &why))
		draft_fail(draft, arena_printf(arena, "a question: %s", why.text));
	draft->keyboard.force_reply = true;
}

void draft_question(struct draft *draft, const char *slug, ...)
{
	va_list arguments;

	va_start(arguments, slug);
	make_question(draft, slug, arguments);
	va_end(arguments);
}

enum verdict ctx_ask(struct ctx *ctx, const char *step, const char *format, ...)
{
	struct draft *draft = ctx_draft(ctx);
	va_list arguments;

	if (strchr(step, '%'))
		return ctx_fail(ctx, "the step \"%s\" has values: draft_question() takes them",
				step);
	va_start(arguments, format);
	make_question(draft, step, arguments); /* takes none of them */
	va_end(arguments);
	va_start(arguments, format);
	markup_add(&draft->markup, format, arguments);
	va_end(arguments);
	return draft_reply(draft);
}
