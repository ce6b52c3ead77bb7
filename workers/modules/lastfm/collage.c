/* collage.c - /lfmcollage: the covers of somebody's albums in a square, larger and smaller by its
 * buttons. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "workers/modules/lastfm/lastfm.h"

#define SIDE_DEFAULT 3
#define SIDE_MAX 7
#define KEEP_COVER_S 86400
#define COVERS "https://" LASTFM_COVERS "/"
/* After so many that did not come the rest is not waited for. */
#define FAILURES_MAX 3

struct collage_values {
	const char *how;
};

const struct field lastfm_collage_arguments[] = {
	TEXT_FIELD(struct collage_values, how, N_("size, since when, “clean”"), .optional = true),
	END_OF_FIELDS(struct collage_values),
};

struct collage {
	int side, period; /* in tiles; of lastfm_periods */
	bool names;
};

/* --- as people write it ----------------------------------------------------------------------- */

/* "4" or "4x4". */
static bool read_side(const char *word, struct collage *collage)
{
	char side = word[0];

	if (side < '1' || side > '0' + SIDE_MAX)
		return false;
	if (word[1] && !(strchr("xX", word[1]) && word[2] == side && !word[3]))
		return false;
	collage->side = side - '0';
	return true;
}

static bool read_period(struct ctx *ctx, const char *word, struct collage *collage)
{
	static const char *const shorter[] = { "7d", "1m", "3m", "6m", "12m", "all" };

	for (size_t i = 0; lastfm_periods[i]; i++)
		if (strcasecmp(word, lastfm_periods[i]) == 0 || strcasecmp(word, shorter[i]) == 0 ||
		    strcasecmp(word, _(lastfm_period_labels[i])) == 0) {
			collage->period = (int)i;
			return true;
		}
	return false;
}

/* In any order. The first word that means nothing is what is returned, else NULL. */
static const char *read_how(struct ctx *ctx, const char *how, struct collage *collage)
{
	char *rest = NULL, *words = ctx_alloc(ctx, strlen(how) + 1);

	strcpy(words, how);
	for (char *word = strtok_r(words, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest))
		if (strcasecmp(word, "clean") == 0 || strcasecmp(word, _("clean")) == 0)
			collage->names = false;
		else if (!read_side(word, collage) && !read_period(ctx, word, collage))
			return word;
	return NULL;
}

static enum verdict refuse_word(struct ctx *ctx, const char *word)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(
		draft,
		_("I do not know what “%.40s” means. A collage has a size from 1 to %d, a period, "
		  "and no names on it when you say “%s”. Periods:"),
		word, SIDE_MAX, _("clean"));
	for (size_t i = 0; lastfm_periods[i]; i++)
		draft_add(draft, " <code>%s</code>", _(lastfm_period_labels[i]));
	return draft_reply(draft);
}

/* --- as it is made ---------------------------------------------------------------------------- */

static void add_cover(struct ctx *ctx, struct file *sheet, const char *url, size_t *failures)
{
	const struct file *cover;

	if (strncmp(url, COVERS, strlen(COVERS)) != 0 || *failures >= FAILURES_MAX)
		return;
	cover = ctx_fetch(ctx, KEEP_COVER_S, "%s", url);
	if (file_error(cover)[0])
		++*failures;
	else
		sheet_file(sheet, "picture", cover);
}

static void add_album(struct ctx *ctx, struct file *sheet, const struct answer *top, size_t index,
		      bool names, size_t *failures)
{
	const char *at = ctx_printf(ctx, "topalbums.album.%zu", index);
#define TEXT_AT(path) answer_text(top, ctx_printf(ctx, "%s." path, at))

	sheet_text(sheet, "tile", "");
	add_cover(ctx, sheet, lastfm_cover(TEXT_AT("image.3.#text")), failures);
	if (!names)
		return;
	sheet_text(sheet, "line", TEXT_AT("name"));
	sheet_text(sheet, "line", TEXT_AT("artist.name"));
	sheet_text(sheet, "line",
		   ctx_printf(ctx,
			      ctx_plural(ctx, "%llu time", "%llu times",
					 strtoull(TEXT_AT("playcount"), NULL, 10)),
			      strtoull(TEXT_AT("playcount"), NULL, 10)));
#undef TEXT_AT
}

/* NULL, and `draft` says why there is none. */
static const struct file *draw(struct ctx *ctx, const char *name, const struct collage *collage,
			       struct draft *draft)
{
	const size_t wanted = (size_t)collage->side * (size_t)collage->side;
	const struct answer *top = ctx_fetch_json(
		ctx, LASTFM_KEEP_S, LASTFM_API "user.gettopalbums&user=%s&period=%s&limit=%d", name,
		lastfm_periods[collage->period], SIDE_MAX * SIDE_MAX);
	size_t count = answer_count(top, "topalbums.album"), failures = 0;
	const struct file *picture;
	struct file *sheet;

	if (!answer_ok(top) || count == 0) {
		draft_add(draft, "%s",
			  answer_ok(top) ? _("Nothing was listened to yet.")
					 : lastfm_explain(ctx, top));
		return NULL;
	}
	sheet = file_made(ctx, "sheet");
	sheet_text(sheet, "columns", ctx_printf(ctx, "%d", collage->side));
	for (size_t i = 0; i < count && i < wanted; i++)
		add_album(ctx, sheet, top, i, collage->names, &failures);
	picture = ctx_run(ctx, &(struct program) { .input = sheet, .megabytes = PICTURE_MEGABYTES },
			  "korone-picture collage {input} {output}.jpg");
	if (!file_error(picture)[0])
		return picture;
	draft_add(draft, "%s", file_error(picture));
	return NULL;
}

static void add_button(struct ctx *ctx, struct draft *draft, const struct user *who,
		       const char *label, struct collage collage)
{
	draft_button(draft, label, LASTFM_COLLAGE_BUTTON, (long long)who->id,
		     ctx_printf(ctx, "%d%d%d", collage.side, collage.period, collage.names));
}

static struct collage read_button(struct ctx *ctx)
{
	const char *digits = slug_text(ctx, 1);

	return (struct collage) { digits[0] - '0', digits[1] - '0', digits[2] == '1' };
}

static void write_collage(struct ctx *ctx, const struct user *who, const char *name,
			  const struct collage *collage, struct draft *draft)
{
	const struct file *picture = draw(ctx, name, collage, draft);
	const int side = collage->side, period = collage->period;
	const bool names = collage->names;

	if (!picture)
		return;
	draft_media(draft, "photo", NULL, picture);
	lastfm_add_name(draft, who, _("listened most to"));
	draft_add(draft, "\n%s, %d×%d", _(lastfm_period_labels[period]), side, side);
	if (side > 1)
		add_button(ctx, draft, who, "➖", (struct collage) { side - 1, period, names });
	if (side < SIDE_MAX)
		add_button(ctx, draft, who, "➕", (struct collage) { side + 1, period, names });
	add_button(ctx, draft, who, "Aa", (struct collage) { side, period, !names });
}

enum verdict lastfm_collage(struct ctx *ctx, const struct command *cmd)
{
	const struct collage_values *values = cmd->values;
	const char *name = lastfm_name_of(ctx, cmd->from), *unknown;
	struct collage collage = { .side = SIDE_DEFAULT, .names = true };
	struct draft *draft;

	if (!name)
		return ctx_has_failed(ctx) ? FAIL : lastfm_ask_for_name(ctx);
	while (lastfm_periods[collage.period + 1])
		collage.period++;
	unknown = read_how(ctx, values->how, &collage);
	if (unknown)
		return refuse_word(ctx, unknown);
	draft = ctx_draft(ctx);
	write_collage(ctx, cmd->from, name, &collage, draft);
	return draft_reply(draft);
}

enum verdict lastfm_collage_again(struct ctx *ctx, const struct button *button)
{
	const struct collage collage = read_button(ctx);
	const char *name;
	struct draft *draft;

	if (button->from->id != slug_integer(ctx, 0))
		return ctx_alert(ctx, _("That is somebody else's music."));
	name = lastfm_name_of(ctx, button->from);
	if (!name)
		return ctx_has_failed(ctx) ? FAIL : lastfm_ask_for_name(ctx);
	draft = ctx_draft(ctx);
	write_collage(ctx, button->from, name, &collage, draft);
	return draft_edit(draft, button);
}
