/* lastfm.c - what somebody listens to: a cover with its words and a button that looks again. */
#include "workers/module.h"

#define AGAIN "recipelastfm:%lld"
#define KEEP_S 15

static enum verdict set_name(struct ctx *ctx, const struct command *cmd)
{
	if (!store_set(ctx, THIS_PERSON, "name", cmd->args[0] ? cmd->args : NULL))
		return FAIL;
	return ctx_reply(ctx, cmd->args[0] ? _("I will look there.") : _("I forgot it."));
}

/* NULL, and the person was told, when there is nothing to show. */
static struct draft *write_track(struct ctx *ctx, const struct user *who)
{
	const char *name = store_find(ctx, (struct holder) { OF_PERSON, .id = who->id }, "name");
	struct draft *draft = ctx_draft(ctx);
	const struct answer *recent;
	const char *cover;

	if (!name) {
		ctx_reply(ctx, _("Tell me first: <code>/setlastfm name</code>"));
		return NULL;
	}
	recent = ctx_fetch_json(ctx, KEEP_S,
				"https://ws.audioscrobbler.com/2.0/"
				"?method=user.getrecenttracks&user=%s&limit=1&format=json",
				name);
	if (!answer_ok(recent) || !answer_count(recent, "recenttracks.track")) {
		ctx_reply(ctx, "%s", answer_ok(recent) ? _("Nothing yet.") : answer_error(recent));
		return NULL;
	}
	cover = answer_text(recent, "recenttracks.track.0.image.3.#text");
	if (cover[0])
		draft_media(draft, "photo", cover, NULL);
	draft_add(draft, _("<b>%s</b> listens to <b>%s</b> by %s"), who->first_name,
		  answer_text(recent, "recenttracks.track.0.name"),
		  answer_text(recent, "recenttracks.track.0.artist.#text"));
	draft_button(draft, _("Look again"), AGAIN, (long long)who->id);
	return draft;
}

static enum verdict show(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = write_track(ctx, cmd->from);

	return draft ? draft_reply(draft) : DONE;
}

static enum verdict look_again(struct ctx *ctx, const struct button *button)
{
	struct draft *draft;

	if (button->from->id != slug_integer(ctx, 0))
		return ctx_toast(ctx, _("That is somebody else's music."));
	draft = write_track(ctx, button->from);
	return draft ? draft_edit(draft, button) : DONE;
}

static const struct route routes[] = {
	COMMAND("setlastfm", set_name, .usage = N_("<name>")),
	COMMAND("lastfm", show, .typing = "upload_photo"),
	BUTTON(AGAIN, look_again),
	END_OF_ROUTES,
};

const struct module lastfm_recipe = {
	.name = "recipe_lastfm",
	.routes = routes,
	.hosts = HOSTS(
		HOST("ws.audioscrobbler.com", .key = "KORONE_LASTFM_KEY", .query = "api_key")),
};
