/* filling.c - fills first, noting where each value begins and ends before and after; then moves the
 * entities along. Names are only appended as text, so nothing in them can be markup. */
#include "workers/host/filling.h"

#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"

/* What a name in braces stands for. */
struct value {
	const char *text, *url; /* url NULL: none */
};

/* A value that was put in, in UTF-16 units of the text before and after. */
struct moved {
	size_t old_start, old_end, new_start, new_end;
	const char *url;
};

/* --- values ----------------------------------------------------------------------------------- */

static const char *id_of(struct filler *filler)
{
	const struct user *about = filler->about;
	int64_t id = about->stands_for ? about->stands_for->id : about->id;

	return ctx_printf(filler->ctx, "%lld", (long long)id);
}

/* Who writes in the name of a chat is called as the chat is. */
static const char *first_name(struct filler *filler)
{
	const struct user *about = filler->about;
	const char *name = about->stands_for ? about->stands_for->title : about->first_name;

	return utf8_is_blank(name) ? id_of(filler) : name;
}

static const char *last_name(struct filler *filler)
{
	return filler->about->stands_for ? "" : filler->about->last_name;
}

static const char *username(const struct filler *filler)
{
	return filler->about->stands_for ? filler->about->stands_for->username
					 : filler->about->username;
}

static struct value fill_first(struct filler *filler)
{
	return (struct value) { .text = first_name(filler) };
}

static struct value fill_last(struct filler *filler)
{
	return (struct value) { .text = last_name(filler) };
}

static struct value fill_fullname(struct filler *filler)
{
	const char *last = last_name(filler);

	if (last[0] == '\0')
		return fill_first(filler);
	return (struct value) {
		.text = ctx_printf(filler->ctx, "%s %s", first_name(filler), last),
	};
}

/* A channel has no account to which a link could lead. */
static struct value fill_mention(struct filler *filler)
{
	struct value value = fill_first(filler);

	if (!filler->about->stands_for)
		value.url = ctx_printf(filler->ctx, "tg://user?id=%s", id_of(filler));
	else if (username(filler)[0])
		value.url = ctx_printf(filler->ctx, "https://t.me/%s", username(filler));
	return value;
}

static struct value fill_username(struct filler *filler)
{
	if (username(filler)[0] == '\0')
		return fill_mention(filler);
	return (struct value) { .text = ctx_printf(filler->ctx, "@%s", username(filler)) };
}

static struct value fill_id(struct filler *filler)
{
	return (struct value) { .text = id_of(filler) };
}

/* A group that was entered by its id alone (ctx_enter_by_rule()) is asked for. */
static const char *title_of(struct ctx *ctx, const struct chat *chat)
{
	const struct answer *answer;

	if (chat->title[0] || !chat_is_group(chat))
		return chat->title;
	answer = ctx_callf(ctx, "getChat", "{}");
	return answer_ok(answer) ? answer_text(answer, "title") : "";
}

static struct value fill_chat(struct filler *filler)
{
	const struct chat *chat = ctx_find_chat(filler->ctx);
	const struct user *user = ctx_find_user(filler->ctx);
	const char *title = chat ? title_of(filler->ctx, chat) : "";

	if (title[0] || (chat && chat_is_group(chat)))
		return (struct value) { .text = title };
	return (struct value) { .text = user ? user->first_name : "" };
}

/* The text is worth saying without it. */
static struct value fill_count(struct filler *filler)
{
	struct ctx *ctx = filler->ctx;
	const struct answer *answer;

	if (!filler->members) {
		answer = ctx_callf(ctx, "getChatMemberCount", "{}");
		filler->members = answer_ok(answer)
					  ? ctx_printf(ctx, "%lld",
						       (long long)answer_integer(answer, ""))
					  : "?";
	}
	return (struct value) { .text = filler->members };
}

static const struct built_in {
	const char *name;
	bool about_person;
	struct value (*fill)(struct filler *filler);
} built_ins[] = {
	{ "first", true, fill_first },       { "last", true, fill_last },
	{ "fullname", true, fill_fullname }, { "username", true, fill_username },
	{ "mention", true, fill_mention },   { "id", true, fill_id },
	{ "chat", false, fill_chat },        { "count", false, fill_count },
};

static bool find_value(struct filler *filler, const char *name, struct value *out)
{
	for (const struct filling *filling = filler->fillings; filling; filling = filling->next)
		if (strcmp(filling->name, name) == 0) {
			*out = (struct value) { filling->text, filling->url };
			return true;
		}
	for (size_t i = 0; i < COUNT_OF(built_ins); i++)
		if (strcmp(built_ins[i].name, name) == 0 &&
		    (filler->about || !built_ins[i].about_person)) {
			*out = built_ins[i].fill(filler);
			return true;
		}
	return false;
}

/* The value of the "{name}" that the text begins with, and how long that is; 0: it is none. */
static size_t take_filling(struct filler *filler, const char *text, struct value *out)
{
	size_t length = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz0123456789_");
	char name[FILLING_NAME_MAX + 1];

	if (length == 0 || length > FILLING_NAME_MAX || text[1 + length] != '}' ||
	    filler->used == FILLINGS_MAX)
		return 0;
	memcpy(name, text + 1, length);
	name[length] = '\0';
	if (!find_value(filler, name, out))
		return 0;
	filler->used++;
	return length + 2;
}

/* --- the text --------------------------------------------------------------------------------- */

/* Up to the next "{" that is not the first character. */
static size_t plain_size(const char *text)
{
	return text[0] ? 1 + strcspn(text + 1, "{") : 0;
}

/* Returns how many values were put in. */
static size_t add_text(struct filler *filler, const char *text, struct markup *out,
		       struct moved moved[FILLINGS_MAX])
{
	size_t old_units = 0, count = 0, size;

	for (const char *at = text; *at; at += size) {
		size_t new_start = out->units;
		struct value value;

		size = *at == '{' ? take_filling(filler, at, &value) : 0;
		if (size == 0) {
			size = plain_size(at);
			markup_add_text(out, at, size);
			old_units += utf8_units(at, size);
			continue;
		}
		markup_add_text(out, value.text, strlen(value.text));
		moved[count++] = (struct moved) { .old_start = old_units,
						  .old_end = old_units + size,
						  .new_start = new_start,
						  .new_end = out->units,
						  .url = value.url };
		old_units += size;
	}
	return count;
}

/* --- entities --------------------------------------------------------------------------------- */

/* Where a place in the old text is in the new one. Within a value it is the value's start, or its
 * end: what covers part of a name in braces covers all of its value. */
static size_t move(size_t place, bool is_end, const struct moved *moved, size_t count)
{
	size_t old = 0, new = 0;

	for (size_t i = 0; i < count && place > moved[i].old_start; i++) {
		if (place < moved[i].old_end)
			return is_end ? moved[i].new_end : moved[i].new_start;
		old = moved[i].old_end;
		new = moved[i].new_end;
	}
	return new + (place - old);
}

/* Telegram allows no link within these. */
static bool excludes_links(const struct entity *entity)
{
	return strcmp(entity->type, "code") == 0 || strcmp(entity->type, "pre") == 0 ||
	       strcmp(entity->type, "text_link") == 0;
}

static bool can_link(const struct kept *kept, const struct moved *moved)
{
	for (size_t i = 0; i < kept->entities_count; i++) {
		const struct entity *entity = &kept->entities[i];

		if (excludes_links(entity) && entity->offset < moved->old_end &&
		    entity->offset + entity->length > moved->old_start)
			return false;
	}
	return moved->url && moved->new_end > moved->new_start;
}

static void add_link(const struct moved *moved, size_t base, struct markup *out)
{
	markup_add_entity(out, &(struct entity) { .type = "text_link",
						  .offset = base + moved->new_start,
						  .length = moved->new_end - moved->new_start,
						  .field = "url",
						  .value = moved->url });
}

/* In the order in which they begin. `base` is where the text begins in `out`. */
static void add_entities(const struct kept *kept, const struct moved *moved, size_t count,
			 size_t base, struct markup *out)
{
	size_t next = 0;

	for (size_t i = 0; i < kept->entities_count; i++) {
		struct entity entity = kept->entities[i];
		size_t start = move(entity.offset, false, moved, count);
		size_t end = move(entity.offset + entity.length, true, moved, count);

		for (; next < count && moved[next].new_start < start; next++)
			if (can_link(kept, &moved[next]))
				add_link(&moved[next], base, out);
		entity.offset = base + start;
		entity.length = end - start;
		if (end > start)
			markup_add_entity(out, &entity);
	}
	for (; next < count; next++)
		if (can_link(kept, &moved[next]))
			add_link(&moved[next], base, out);
}

static bool is_blank(const struct markup *text)
{
	return text->size == 0 || utf8_is_blank(arena_strndup(text->arena, text->text, text->size));
}

void filling_add(struct filler *filler, const struct kept *kept, struct markup *out)
{
	struct moved moved[FILLINGS_MAX];
	struct markup filled;
	size_t base = out->units, count;

	markup_init(&filled, filler->ctx->arena);
	count = add_text(filler, kept->text, &filled, moved);
	if (is_blank(&filled) && !kept->media.kind) {
		markup_add_text(out, kept->text, strlen(kept->text));
		count = 0;
	} else {
		markup_add_text(out, filled.text, filled.size);
	}
	add_entities(kept, moved, count, base, out);
}

const char *filling_label(struct filler *filler, const char *label)
{
	struct moved moved[FILLINGS_MAX];
	struct markup text;

	markup_init(&text, filler->ctx->arena);
	add_text(filler, label, &text, moved);
	return is_blank(&text) ? label : arena_strndup(text.arena, text.text, text.size);
}
