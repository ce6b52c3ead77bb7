/* lastfm.c - what somebody listens to, as Last.fm knows it (www.last.fm/api): /setlfm, /lfm and its
 * like. Each of them can be looked at again by whom it is about. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "workers/modules/lastfm/lastfm.h"

#define KEEP_S 20
#define NAME_MAX_BYTES 64
#define LISTED 10
#define TAGS 5
/* The picture of a star that Last.fm shows for what has none. */
#define NO_PICTURE "2a96cbd8b46e442fc41c2b86b821562f"

struct name_values {
	const char *name;
};

static const struct field maybe_name[] = {
	WORD_FIELD(struct name_values, name, N_("name at Last.fm"), .optional = true),
	END_OF_FIELDS(struct name_values),
};

struct period_values {
	const char *period;
};

static const struct field maybe_period[] = {
	CHOICE_FIELD(struct period_values, period, N_("since when"), .choices = lastfm_periods,
		     .labels = lastfm_period_labels, .preset = "1month", .optional = true),
	END_OF_FIELDS(struct period_values),
};

/* --- whose ------------------------------------------------------------------------------------ */

const char *lastfm_name_of(struct ctx *ctx, const struct user *who)
{
	return store_find(ctx, (struct holder) { OF_PERSON, .id = who->id }, "name");
}

static bool is_name(const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("_.-", name[i]))
			return false;
	return length > 0 && length <= NAME_MAX_BYTES;
}

/* Error codes of the API: 6, no such user; 17, a private profile; 29, too many requests. */
const char *lastfm_explain(struct ctx *ctx, const struct answer *answer)
{
	switch (answer_integer(answer, "error")) {
	case 6:
		return _("Last.fm knows nobody and nothing of that name.");
	case 17:
		return _("This profile at Last.fm is private.");
	case 29:
		return _("Last.fm is asked too much right now. Please try again later.");
	default:
		return answer_error(answer);
	}
}

enum verdict lastfm_ask_for_name(struct ctx *ctx)
{
	struct draft *draft;

	if (!chat_is_group(ctx_find_chat(ctx)))
		return ctx_ask(ctx, "lfmname", _("What is your name at Last.fm?"));
	draft = ctx_draft(ctx);
	draft_add(draft, "%s", _("Tell me your name at Last.fm first."));
	draft_deep_link(draft, _("Tell it in private"), "setlfm");
	return draft_reply(draft);
}

static enum verdict set_name(struct ctx *ctx, const char *name)
{
	const struct answer *user;

	name += *name == '@';
	if (!is_name(name))
		return ctx_reply(ctx, _("A name at Last.fm has letters, digits, _ . and - only."));
	user = ctx_fetch_json(ctx, KEEP_S, LASTFM_API "user.getinfo&user=%s", name);
	if (!answer_ok(user))
		return ctx_reply(ctx, "%s", lastfm_explain(ctx, user));
	if (!store_set(ctx, THIS_PERSON, "name", name))
		return FAIL;
	return ctx_reply(ctx, _("You are <b>%s</b> at Last.fm. /lfm shows what you listen to."),
			 name);
}

static enum verdict set(struct ctx *ctx, const struct command *cmd)
{
	const struct name_values *values = cmd->values;

	return values->name[0] ? set_name(ctx, values->name) : lastfm_ask_for_name(ctx);
}

static enum verdict set_by_answer(struct ctx *ctx, const struct text_message *message)
{
	return set_name(ctx, message->text);
}

static enum verdict set_by_link(struct ctx *ctx, const struct link *link)
{
	(void)link;
	return lastfm_ask_for_name(ctx);
}

/* --- what ------------------------------------------------------------------------------------- */

struct track {
	const char *name, *artist, *album, *url, *cover;
	bool now, loved;
	int64_t at_s;
};

const char *lastfm_cover(const char *url)
{
	return strstr(url, NO_PICTURE) ? "" : url;
}

static struct track read_track(struct ctx *ctx, const struct answer *recent, size_t index)
{
	const char *at = ctx_printf(ctx, "recenttracks.track.%zu", index);
#define TEXT_AT(path) answer_text(recent, ctx_printf(ctx, "%s." path, at))
	struct track track = {
		.name = TEXT_AT("name"),
		.artist = TEXT_AT("artist.name"),
		.album = TEXT_AT("album.#text"),
		.url = TEXT_AT("url"),
		.cover = lastfm_cover(TEXT_AT("image.3.#text")),
		.now = strcmp(TEXT_AT("@attr.nowplaying"), "true") == 0,
		.loved = TEXT_AT("loved")[0] == '1',
		.at_s = strtoll(TEXT_AT("date.uts"), NULL, 10),
	};
#undef TEXT_AT

	return track;
}

/* The last tracks of a person; NULL, and the draft says why there are none. */
static const struct answer *fetch_recent(struct ctx *ctx, const char *name, struct draft *draft)
{
	const char *why = NULL;
	const struct answer *recent = ctx_fetch_json(
		ctx, KEEP_S, LASTFM_API "user.getrecenttracks&user=%s&limit=%d&extended=1", name,
		LISTED);

	if (!answer_ok(recent))
		why = lastfm_explain(ctx, recent);
	else if (!answer_count(recent, "recenttracks.track"))
		why = _("Nothing was listened to yet.");
	if (why)
		draft_add(draft, "%s", why);
	return why ? NULL : recent;
}

void lastfm_add_name(struct draft *draft, const struct user *who, const char *what)
{
	draft_add(draft, "<a href=\"tg://user?id=%lld\">%s</a> %s", (long long)who->id,
		  who->first_name, what);
}

static void add_listener(struct ctx *ctx, struct draft *draft, const struct user *who,
			 const struct track *track)
{
	lastfm_add_name(draft, who, track->now ? _("is listening to") : _("was listening to"));
}

static void add_plays(struct ctx *ctx, struct draft *draft, const char *count)
{
	int64_t plays = strtoll(count, NULL, 10);

	if (plays > 0)
		draft_add(draft, ctx_plural(ctx, ", once", ", %llu times", (uint64_t)plays),
			  (unsigned long long)plays);
}

/* "#post_rock #live" */
static void add_tags(struct ctx *ctx, struct draft *draft, const struct answer *about,
		     const char *list)
{
	size_t count = answer_count(about, list);

	for (size_t i = 0; i < count && i < TAGS; i++) {
		const char *tag = answer_text(about, ctx_printf(ctx, "%s.%zu.name", list, i));
		char *word = ctx_alloc(ctx, strlen(tag) + 1), *end = word;

		for (; *tag; tag++)
			if (strchr(" -/&'.", *tag) == NULL)
				*end++ = *tag;
			else if (end > word && end[-1] != '_')
				*end++ = '_';
		draft_add(draft, "%s#%s", i ? " " : "\n", word);
	}
}

static void write_track(struct ctx *ctx, const struct user *who, const char *name,
			struct draft *draft)
{
	const struct answer *recent = fetch_recent(ctx, name, draft), *about;
	struct track track;

	if (!recent)
		return;
	track = read_track(ctx, recent, 0);
	about = ctx_fetch_json(ctx, KEEP_S,
			       LASTFM_API
			       "track.getinfo&username=%s&artist=%s&track=%s&autocorrect=1",
			       name, track.artist, track.name);
	if (track.cover[0])
		draft_media(draft, "photo", track.cover, NULL);
	add_listener(ctx, draft, who, &track);
	draft_add(draft, "\n<i>%s</i> – <a href=\"%s\"><b>%s</b></a>", track.artist, track.url,
		  track.name);
	if (track.album[0])
		draft_add(draft, " [%s]", track.album);
	add_plays(ctx, draft, answer_text(about, "track.userplaycount"));
	if (track.loved)
		draft_add(draft, " ❤️");
	add_tags(ctx, draft, about, "track.toptags.tag");
	draft_button(draft, _("Look again"), "lfm:%lld", (long long)who->id);
}

static void write_album(struct ctx *ctx, const struct user *who, const char *name,
			struct draft *draft)
{
	const char *cover;
	const struct answer *recent = fetch_recent(ctx, name, draft), *about;
	struct track track;

	if (!recent)
		return;
	track = read_track(ctx, recent, 0);
	if (!track.album[0]) {
		draft_add(draft, "%s", _("That track is of no album."));
		return;
	}
	about = ctx_fetch_json(ctx, KEEP_S,
			       LASTFM_API "album.getinfo&username=%s&artist=%s&album=%s", name,
			       track.artist, track.album);
	cover = lastfm_cover(answer_text(about, "album.image.3.#text"));
	if (cover[0] || track.cover[0])
		draft_media(draft, "photo", cover[0] ? cover : track.cover, NULL);
	add_listener(ctx, draft, who, &track);
	draft_add(draft, "\n💿 <i>%s</i> – <b>%s</b>", track.artist, track.album);
	add_plays(ctx, draft,
		  ctx_printf(ctx, "%lld", (long long)answer_integer(about, "album.userplaycount")));
	add_tags(ctx, draft, about, "album.tags.tag");
	draft_button(draft, _("Look again"), "lfmalbum:%lld", (long long)who->id);
}

static void write_artist(struct ctx *ctx, const struct user *who, const char *name,
			 struct draft *draft)
{
	const struct answer *recent = fetch_recent(ctx, name, draft), *about;
	struct track track;

	if (!recent)
		return;
	track = read_track(ctx, recent, 0);
	about = ctx_fetch_json(ctx, KEEP_S,
			       LASTFM_API "artist.getinfo&username=%s&artist=%s&autocorrect=1",
			       name, track.artist);
	add_listener(ctx, draft, who, &track);
	draft_add(draft, "\n🎤 <b>%s</b>", track.artist);
	add_plays(ctx, draft, answer_text(about, "artist.stats.userplaycount"));
	add_tags(ctx, draft, about, "artist.tags.tag");
	draft_button(draft, _("Look again"), "lfmartist:%lld", (long long)who->id);
}

static void write_recent(struct ctx *ctx, const struct user *who, const char *name,
			 struct draft *draft)
{
	const struct answer *recent = fetch_recent(ctx, name, draft);

	if (!recent)
		return;
	lastfm_add_name(draft, who, _("listened to"));
	for (size_t i = 0; i < answer_count(recent, "recenttracks.track") && i < LISTED; i++) {
		struct track track = read_track(ctx, recent, i);

		draft_add(draft, "\n%s <i>%s</i> – <b>%s</b>", track.now ? "▶️" : "•",
			  track.artist, track.name);
	}
	draft_button(draft, _("Look again"), "lfmrecent:%lld", (long long)who->id);
}

/* --- commands and buttons --------------------------------------------------------------------- */

typedef void write_fn(struct ctx *, const struct user *, const char *, struct draft *);

static enum verdict show(struct ctx *ctx, const struct user *who, write_fn *write)
{
	const char *name = lastfm_name_of(ctx, who);
	struct draft *draft;

	if (!name)
		return ctx_has_failed(ctx) ? FAIL : lastfm_ask_for_name(ctx);
	draft = ctx_draft(ctx);
	write(ctx, who, name, draft);
	return draft_reply(draft);
}

/* By nobody else: it is their music. */
static enum verdict again(struct ctx *ctx, const struct button *button, write_fn *write)
{
	const char *name = lastfm_name_of(ctx, button->from);
	struct draft *draft;

	if (button->from->id != slug_integer(ctx, 0))
		return ctx_alert(ctx, _("That is somebody else's music."));
	if (!name)
		return ctx_has_failed(ctx) ? FAIL : lastfm_ask_for_name(ctx);
	draft = ctx_draft(ctx);
	write(ctx, button->from, name, draft);
	return draft_edit(draft, button);
}

#define SHOWN(what)                                                                    \
	static enum verdict show_##what(struct ctx *ctx, const struct command *cmd)    \
	{                                                                              \
		return show(ctx, cmd->from, write_##what);                             \
	}                                                                              \
	static enum verdict again_##what(struct ctx *ctx, const struct button *button) \
	{                                                                              \
		return again(ctx, button, write_##what);                               \
	}

SHOWN(track)
SHOWN(album)
SHOWN(artist)
SHOWN(recent)

static enum verdict show_top(struct ctx *ctx, const struct command *cmd)
{
	const struct period_values *values = cmd->values;
	const char *name = lastfm_name_of(ctx, cmd->from);
	const struct answer *top;
	struct draft *draft;

	if (!name)
		return ctx_has_failed(ctx) ? FAIL : lastfm_ask_for_name(ctx);
	top = ctx_fetch_json(ctx, LASTFM_KEEP_S,
			     LASTFM_API "user.gettopartists&user=%s&period=%s&limit=%d", name,
			     values->period, LISTED);
	if (!answer_ok(top))
		return ctx_reply(ctx, "%s", lastfm_explain(ctx, top));
	draft = ctx_draft(ctx);
	lastfm_add_name(draft, cmd->from, _("listened most to"));
	for (size_t i = 0; i < answer_count(top, "topartists.artist"); i++)
		draft_add(draft, "\n%zu. <b>%s</b> – %s", i + 1,
			  answer_text(top, ctx_printf(ctx, "topartists.artist.%zu.name", i)),
			  answer_text(top, ctx_printf(ctx, "topartists.artist.%zu.playcount", i)));
	return draft_reply(draft);
}

static enum verdict show_user(struct ctx *ctx, const struct command *cmd)
{
	const char *name = lastfm_name_of(ctx, cmd->from);
	const struct answer *user;
	struct draft *draft;

	if (!name)
		return ctx_has_failed(ctx) ? FAIL : lastfm_ask_for_name(ctx);
	user = ctx_fetch_json(ctx, LASTFM_KEEP_S, LASTFM_API "user.getinfo&user=%s", name);
	if (!answer_ok(user))
		return ctx_reply(ctx, "%s", lastfm_explain(ctx, user));
	draft = ctx_draft(ctx);
	draft_add(draft, "<a href=\"%s\"><b>%s</b></a>", answer_text(user, "user.url"), name);
	draft_add(draft, "\n<b>%s</b> %s", _("Tracks:"), answer_text(user, "user.playcount"));
	draft_add(draft, "\n<b>%s</b> %s", _("Artists:"), answer_text(user, "user.artist_count"));
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("setlfm", set, .arguments = maybe_name, .help = N_("say who you are at Last.fm")),
	TEXT(set_by_answer, .step = "lfmname"),
	LINK("setlfm", set_by_link),
	COMMAND("lfm lastfm lmu np", show_track, .typing = "upload_photo",
		.help = N_("show what you listen to")),
	BUTTON("lfm:%lld", again_track),
	COMMAND("lfmalbum lalb", show_album, .typing = "upload_photo",
		.help = N_("show the album that you listen to")),
	BUTTON("lfmalbum:%lld", again_album),
	COMMAND("lfmartist lart", show_artist, .typing = "typing",
		.help = N_("show the artist that you listen to")),
	BUTTON("lfmartist:%lld", again_artist),
	COMMAND("lfmrecent", show_recent, .typing = "typing",
		.help = N_("list what you listened to last")),
	BUTTON("lfmrecent:%lld", again_recent),
	COMMAND("lfmtop", show_top, .typing = "typing", .arguments = maybe_period,
		.help = N_("list to whom you listen most")),
	COMMAND("lfmuser", show_user, .typing = "typing", .help = N_("show your profile")),
	COMMAND("lfmcompat lcompat", lastfm_compat, .typing = "typing",
		.arguments = lastfm_compat_arguments,
		.help = N_("compare what you and somebody else listen to")),
	COMMAND("lfmcollage lcollage", lastfm_collage, .typing = "upload_photo",
		.program = "korone-picture", .arguments = lastfm_collage_arguments,
		.help = N_("make a picture of the albums that you listen to most")),
	BUTTON(LASTFM_COLLAGE_BUTTON, lastfm_collage_again),
	END_OF_ROUTES,
};

const struct module lastfm_module = {
	.name = "lastfm",
	.title = N_("Last.fm"),
	.icon = "🎵",
	.about = N_("Data from Last.fm, which learns the name that you gave me, and not who you "
		    "are here."),
	.routes = routes,
	/* Terms of the API: at most five requests a second. */
	.hosts = HOSTS(HOST("ws.audioscrobbler.com", .key = "KORONE_LASTFM_KEY", .query = "api_key",
			    .needed = true, .per_second = 5),
		       HOST(LASTFM_COVERS)),
	.programs = PROGRAMS("korone-picture"),
};
