/* compat.c - /lfmcompat: how much two people listen to the same artists. */
#include <strings.h>

#include "workers/modules/lastfm/lastfm.h"

#define COMPARED 100
/* So many in common of those who listen to more are all that can be asked for. */
#define ENOUGH 40
#define FEW 3
#define NAMED 8

struct compat_values {
	const struct user *who;
	const char *period;
};

const struct field lastfm_compat_arguments[] = {
	USER_FIELD(struct compat_values, who, N_("person"), .optional = true, .shown = true),
	CHOICE_FIELD(struct compat_values, period, N_("since when"), .choices = lastfm_periods,
		     .labels = lastfm_period_labels, .preset = "12month", .optional = true),
	END_OF_FIELDS(struct compat_values),
};

/* To whom somebody listens most. */
struct favourites {
	const struct answer *answer;
	size_t count;
};

static struct favourites fetch_favourites(struct ctx *ctx, const char *name, const char *period)
{
	struct favourites favourites = {
		.answer = ctx_fetch_json(ctx, LASTFM_KEEP_S,
					 LASTFM_API "user.gettopartists&user=%s&period=%s&limit=%d",
					 name, period, COMPARED),
	};

	favourites.count = answer_count(favourites.answer, "topartists.artist");
	if (favourites.count > COMPARED)
		favourites.count = COMPARED;
	return favourites;
}

/* The names of the artists, read once. */
static const char **read_names(struct ctx *ctx, const struct favourites *favourites)
{
	const char **names = ctx_alloc(ctx, (favourites->count + 1) * sizeof(*names));

	for (size_t i = 0; i < favourites->count; i++)
		names[i] = answer_text(favourites->answer,
				       ctx_printf(ctx, "topartists.artist.%zu.name", i));
	return names;
}

static bool is_among(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(names[i], name) == 0)
			return true;
	return false;
}

/* In the order of who asks. */
static size_t find_common(struct ctx *ctx, const struct favourites *mine,
			  const struct favourites *theirs, const char **common)
{
	const char **my_names = read_names(ctx, mine), **their_names = read_names(ctx, theirs);
	size_t count = 0;

	for (size_t i = 0; i < mine->count; i++)
		if (is_among(my_names[i], their_names, theirs->count))
			common[count++] = my_names[i];
	return count;
}

static size_t smallest(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void write_common(struct draft *draft, const char *const *common, size_t count)
{
	for (size_t i = 0; i < count && i < NAMED; i++)
		draft_add(draft, "%s<b>%s</b>", i ? ", " : "", common[i]);
	if (count > NAMED)
		draft_add(draft, ", …");
}

static enum verdict compare(struct ctx *ctx, const struct command *cmd, const char *name,
			    const char *other)
{
	const struct compat_values *values = cmd->values;
	struct favourites mine = fetch_favourites(ctx, name, values->period), theirs = { 0 };
	const char *common[COMPARED];
	size_t count, most;
	struct draft *draft;

	if (answer_ok(mine.answer))
		theirs = fetch_favourites(ctx, other, values->period);
	if (!answer_ok(mine.answer) || !answer_ok(theirs.answer))
		return ctx_reply(
			ctx, "%s",
			lastfm_explain(ctx, answer_ok(mine.answer) ? theirs.answer : mine.answer));
	count = find_common(ctx, &mine, &theirs, common);
	draft = ctx_draft(ctx);
	draft_add(
		draft,
		_("<a href=\"tg://user?id=%lld\">%s</a> and <a href=\"tg://user?id=%lld\">%s</a>"),
		(long long)cmd->from->id, cmd->from->first_name, (long long)values->who->id,
		values->who->first_name);
	if (count < FEW) {
		draft_add(draft, "\n%s", _("You have next to no artists in common."));
		return draft_reply(draft);
	}
	most = smallest(smallest(mine.count, theirs.count), ENOUGH);
	draft_add(draft, "\n<b>%s</b> %zu %%\n", _("In common:"),
		  smallest(100, 100 * count / most));
	write_common(draft, common, count);
	return draft_reply(draft);
}

enum verdict lastfm_compat(struct ctx *ctx, const struct command *cmd)
{
	const struct compat_values *values = cmd->values;
	const char *name = lastfm_name_of(ctx, cmd->from), *other;

	if (!name)
		return ctx_has_failed(ctx) ? FAIL : lastfm_ask_for_name(ctx);
	if (!values->who)
		return ctx_reply(ctx, _("With whom? Reply to somebody, or name them."));
	if (values->who->id == cmd->from->id)
		return ctx_reply(ctx, _("With yourself you have everything in common."));
	if (values->who->is_bot)
		return ctx_reply(ctx, _("Bots listen to no music."));
	other = lastfm_name_of(ctx, values->who);
	if (!other && ctx_has_failed(ctx))
		return FAIL;
	if (!other)
		return ctx_reply(ctx, _("They have not told me their name at Last.fm: /setlfm"));
	return compare(ctx, cmd, name, other);
}
