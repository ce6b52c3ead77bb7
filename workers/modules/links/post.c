/* post.c - says a post: its media with a caption, as one message or an album; and knows for a week
 * which files Telegram has of it. */
#include "workers/modules/links/post.h"

#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"

#define NAME_UNITS_MAX 64
#define TEXT_UNITS_MAX 700 /* so that a caption has room for it: 1024 with the rest */
#define WAIT_MAX_S 300
#define FIELD_END '\x1f'

/* --- what it says ----------------------------------------------------------------------------- */

static const char *cut(struct ctx *ctx, const char *text, size_t units)
{
	const size_t size = strlen(text);

	if (utf8_units(text, size) <= units)
		return text;
	return ctx_printf(ctx, "%.*s […]", (int)utf8_prefix(text, size, units), text);
}

static void add_caption(struct ctx *ctx, struct draft *draft, const struct post *post,
			const struct site *site)
{
	const char *author = post->author[0] ? post->author : post->handle;

	if (author[0])
		draft_add(draft, "<b>%s</b>", cut(ctx, author, NAME_UNITS_MAX));
	if (post->handle[0] && author != post->handle)
		draft_add(draft, " (<code>@%s</code>)", cut(ctx, post->handle, NAME_UNITS_MAX));
	if (post->text[0])
		draft_add(draft, author[0] ? ":\n\n%s" : "%s",
			  cut(ctx, post->text, TEXT_UNITS_MAX));
	if (author[0] || post->text[0])
		draft_add(draft, "\n\n");
	draft_add(draft, "<a href=\"%s\">%s</a>", post->address,
		  ctx_printf(ctx, _("Open on %s"), site->title));
}

static void add_item(struct draft *draft, const struct item *item)
{
	const bool is_video = strcmp(item->kind, "video") == 0;
	const bool moves = is_video || strcmp(item->kind, "animation") == 0;

	draft_media(draft, item->kind, item->file_id, item->file);
	if (item->file && moves && item->width > 0 && item->height > 0)
		draft_with(draft, "{width: %lld, height: %lld}", (long long)item->width,
			   (long long)item->height);
	if (item->file && moves && item->seconds > 0)
		draft_with(draft, "{duration: %lld}", (long long)item->seconds);
	if (item->file && is_video)
		draft_with(draft, "{supports_streaming: %d}", true);
}

static struct draft *write_post(struct ctx *ctx, const struct post *post, const struct site *site)
{
	struct draft *draft = ctx_draft(ctx);

	for (size_t i = 0; i < post->count; i++)
		add_item(draft, &post->items[i]);
	if (post->is_covered)
		draft_flags(draft, DRAFT_SPOILER);
	add_caption(ctx, draft, post, site);
	return draft;
}

/* --- what was said ---------------------------------------------------------------------------- */

/* Its fields, each with its end: whether it is covered, author, handle, text, and of each item the
 * kind and the id. */
static const char *take_field(struct ctx *ctx, const char **at)
{
	const size_t size = strcspn(*at, "\x1f");
	const char *field = ctx_printf(ctx, "%.*s", (int)size, *at);

	*at += size + ((*at)[size] == FIELD_END);
	return field;
}

bool post_find_said(struct ctx *ctx, const struct post_link *link, struct post *out)
{
	const char *at = cached_find(ctx, link->address);

	if (!at || !at[0])
		return false;
	*out = (struct post) { .address = link->address };
	out->is_covered = take_field(ctx, &at)[0] == '1';
	out->author = take_field(ctx, &at);
	out->handle = take_field(ctx, &at);
	out->text = take_field(ctx, &at);
	while (*at && out->count < POST_ITEMS_MAX) {
		struct item *item = &out->items[out->count++];

		item->kind = take_field(ctx, &at);
		item->file_id = take_field(ctx, &at);
	}
	return out->count > 0;
}

void post_forget_said(struct ctx *ctx, const struct post_link *link)
{
	(void)cached_set(ctx, link->address, NULL);
}

/* What Telegram has of it; "" when its answer does not tell. */
static const char *id_of(struct ctx *ctx, const struct answer *said, size_t index, bool in_album,
			 const char *kind)
{
	const char *at = in_album ? ctx_printf(ctx, "%zu.", index) : "";
	const char *list = ctx_printf(ctx, "%s%s", at, kind);

	if (strcmp(kind, "photo") == 0)
		return answer_text(said, ctx_printf(ctx, "%s.%zu.file_id", list,
						    answer_count(said, list) - 1));
	return answer_text(said, ctx_printf(ctx, "%s.file_id", list));
}

static void remember(struct ctx *ctx, const struct post_link *link, const struct post *post,
		     const struct answer *said)
{
	const bool in_album = post->count > 1;
	const char *value;

	if (strchr(post->author, FIELD_END) || strchr(post->handle, FIELD_END) ||
	    strchr(post->text, FIELD_END))
		return;
	value = ctx_printf(ctx, "%d\x1f%s\x1f%s\x1f%s\x1f", post->is_covered,
			   cut(ctx, post->author, NAME_UNITS_MAX),
			   cut(ctx, post->handle, NAME_UNITS_MAX),
			   cut(ctx, post->text, TEXT_UNITS_MAX));

	for (size_t i = 0; i < post->count; i++) {
		const char *kind = post->items[i].kind;
		const char *id = id_of(ctx, said, i, in_album, kind);

		if (!id[0])
			return;
		value = ctx_printf(ctx, "%s%s\x1f%s\x1f", value, kind, id);
	}
	/* Without it the files come anew the next time. */
	(void)cached_set(ctx, link->address, value);
}

/* --- saying it -------------------------------------------------------------------------------- */

static enum posted outcome_of(const struct answer *answer, int64_t *wait_s)
{
	static const struct {
		const char *outcome;
		enum posted posted;
	} rows[] = {
		{ "in_doubt", POSTED_IN_DOUBT }, { "network", POSTED_LATER },
		{ "too_many", POSTED_LATER },    { "blocked", POSTED_NOWHERE },
		{ "kicked", POSTED_NOWHERE },    { "no_rights", POSTED_NOWHERE },
	};

	*wait_s = answer_wait_s(answer);
	if (*wait_s > WAIT_MAX_S)
		*wait_s = WAIT_MAX_S;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(answer_outcome(answer), rows[i].outcome) == 0)
			return rows[i].posted;
	return POSTED_REFUSED;
}

/* There are no animations in albums. */
static void fit_album(struct post *post)
{
	for (size_t i = 0; i < post->count && post->count > 1; i++)
		if (strcmp(post->items[i].kind, "animation") == 0)
			post->items[i].kind = "video";
}

/* A picture that Telegram does not want to show, such as a very long one. A file cannot be covered.
 */
static bool is_odd_picture(const struct post *post, const struct answer *said)
{
	const char *error = answer_error(said);

	return post->items[0].file && !post->is_covered &&
	       strcmp(answer_outcome(said), "refused") == 0 &&
	       (strstr(error, "PHOTO_") || strstr(error, "IMAGE_"));
}

static const struct answer *say_as_documents(struct ctx *ctx, const struct post_link *link,
					     struct post *post)
{
	for (size_t i = 0; i < post->count; i++)
		post->items[i].kind = "document";
	return draft_call(write_post(ctx, post, &sites[link->site]));
}

enum posted post_say(struct ctx *ctx, const struct post_link *link, struct post *post,
		     const char **why, int64_t *wait_s)
{
	const struct answer *said;

	fit_album(post);
	said = draft_call(write_post(ctx, post, &sites[link->site]));
	if (said && is_odd_picture(post, said))
		said = say_as_documents(ctx, link, post);
	*why = said ? answer_error(said) : "";
	*wait_s = 0;
	if (!said)
		return POSTED_NOWHERE; /* and the handler has failed */
	if (!answer_ok(said))
		return outcome_of(said, wait_s);
	if (post->items[0].file)
		remember(ctx, link, post, said);
	return POSTED;
}
