/* links.c - answers a link to a post with its pictures and videos. Each message with such links is
 * a job, whose step is a link: it goes on whatever is restarted in between, and posts at most once.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/xalloc.h"
#include "workers/modules/links/post.h"

extern const struct module links_module;

#define LINKS_MAX 4     /* of a message */
#define MESSAGES_MAX 10 /* with links, of a chat in … */
#define MESSAGES_S 60
#define PLACES 4      /* at once in a pool */
#define PLACE_S 600   /* after which a place is free again that nobody left */
#define BUSY_WAIT_S 5 /* for a place, or for Redis, … */
#define BUSY_MAX 60   /* … so often */
#define AWAY_S 30     /* when Telegram is away */
#define TRIES_MAX 4
#define JOB_SLUG "links:%.900s"
#define JOB_SLUG_MAX 900

struct links_options {
	bool media;
};

static const struct field options[] = {
	BOOLEAN_FIELD(struct links_options, media, N_("links are answered with their media"),
		      .preset = "on", .private = true),
	END_OF_FIELDS(struct links_options),
};

struct links_state {
	unsigned sites; /* a bit for each that KORONE_LINKS_SITES names */
};

static bool is_for_programs(enum site_id site)
{
	return sites[site].video || sites[site].pictures;
}

static bool offers(struct ctx *ctx, const struct post_link *link)
{
	const struct links_state *state = ctx_state(ctx);

	return state->sites & 1u << link->site &&
	       (!is_for_programs(link->site) || supplied_have(ctx, link));
}

/* --- links in messages ------------------------------------------------------------------------ */

/* As Telegram shows it: what is code is no link. */
static const char *link_text(struct ctx *ctx, const struct message *message,
			     const struct message_entity *entity)
{
	if (strcmp(entity->type, "text_link") == 0)
		return entity->value;
	if (strcmp(entity->type, "url") == 0)
		return ctx_printf(ctx, "%.*s", (int)entity->size, message->text + entity->start);
	return "";
}

static bool has(const char *list, const char *address)
{
	const char *found = strstr(list, address);
	const size_t size = strlen(address);

	return found && (found == list || found[-1] == ' ') && (found[size] == ' ' || !found[size]);
}

/* The addresses of posts, each once, with spaces between them. */
static const char *find_links(struct ctx *ctx)
{
	const struct message *message = ctx_find_message(ctx);
	const char *list = "";
	size_t count = 0;

	for (size_t i = 0; i < message->entities_count && count < LINKS_MAX; i++) {
		const char *text = link_text(ctx, message, &message->entities[i]), *longer;
		struct post_link link;

		if (!text[0] || !site_read_link(ctx, text, &link) || !offers(ctx, &link) ||
		    has(list, link.address))
			continue;
		longer = ctx_printf(ctx, "%s%s%s", list, count ? " " : "", link.address);
		if (strlen(longer) > JOB_SLUG_MAX)
			break;
		list = longer;
		count++;
	}
	return list;
}

/* Cheaper than reading the message, which most of them need not. */
static bool may_have_links(struct ctx *ctx)
{
	const struct answer *update = ctx_update(ctx);

	return answer_has(update, "message.entities") ||
	       answer_has(update, "message.caption_entities");
}

/* Others may want the message, too. */
static enum verdict look(struct ctx *ctx, const struct text_message *message)
{
	const struct links_options *chosen;
	const char *links;

	(void)message;
	if (!may_have_links(ctx))
		return PASS;
	links = find_links(ctx);
	if (!links[0])
		return PASS;
	ctx_only_look(ctx);
	chosen = ctx_options(ctx);
	if (!chosen->media ||
	    ctx_count_recent(ctx, THIS_CHAT, "messages", MESSAGES_S) > MESSAGES_MAX)
		return PASS;
	return ctx_jobf(ctx, JOB_SLUG, links) ? PASS : FAIL;
}

/* --- places ----------------------------------------------------------------------------------- */

/* Each link keeps a process of the pool busy for as long as files take, and others want some, too.
 * A step takes a place, and a step of its own leaves it: one that took it and runs again, since its
 * process died, has it still, and one that left it takes none. */
struct place {
	uint32_t pool; /* a sum: a pool is its nursery on its machine */
	int number;
};

/* FNV-1a. */
static uint32_t own_pool(struct ctx *ctx)
{
	char machine[65] = "";
	const char *name;
	uint32_t sum = 2166136261u;

	(void)gethostname(machine, sizeof(machine) - 1);
	name = ctx_printf(ctx, "%s/%d", machine, (int)getppid());
	for (; *name; name++)
		sum = (sum ^ (unsigned char)*name) * 16777619u;
	return sum;
}

static const char *place_name(struct ctx *ctx, const struct place *place)
{
	return ctx_printf(ctx, "place/%08x/%d", place->pool, place->number);
}

static bool take_place(struct ctx *ctx, struct place *out)
{
	*out = (struct place) { .pool = own_pool(ctx) };
	while (out->number < PLACES && !brief_claim(ctx, THIS_BOT, place_name(ctx, out), PLACE_S))
		out->number++;
	return out->number < PLACES;
}

static void leave_place(struct ctx *ctx, const struct place *place)
{
	(void)brief_set(ctx, THIS_BOT, place_name(ctx, place), NULL, 1);
}

/* --- where a job is --------------------------------------------------------------------------- */

/* In its cursor: the next link, and the place that is to be left before. */
struct where {
	int64_t link;
	bool leaves;
	struct place place;
};

static int64_t write_where(const struct where *where)
{
	return (int64_t)where->place.pool << 16 | (int64_t)where->place.number << 8 |
	       (int64_t)where->leaves << 4 | where->link;
}

static struct where read_where(int64_t cursor)
{
	return (struct where) {
		.link = cursor & 15,
		.leaves = cursor & 16,
		.place = { .pool = (uint32_t)(cursor >> 16), .number = (int)(cursor >> 8 & 255) },
	};
}

/* --- a step ----------------------------------------------------------------------------------- */

/* One for a link and chat, however often it is written. */
static void notify(struct ctx *ctx, const struct post_link *link, const char *why)
{
	const char *what = ctx_printf(ctx, "told %lld %s", (long long)ctx_find_chat(ctx)->id,
				      link->address);

	if (cached_find(ctx, what))
		return;
	(void)cached_set(ctx, what, "");
	ctx_reply(ctx, _("I could not get the media of this link: %s"), why);
}

static enum posted say_anew(struct ctx *ctx, const struct post_link *link, const char **why,
			    int64_t *wait_s)
{
	static post_read_fn *const readers[SITE_COUNT] = {
		[SITE_BLUESKY] = bluesky_read,    [SITE_INSTAGRAM] = supplied_read,
		[SITE_PINTEREST] = supplied_read, [SITE_REDDIT] = supplied_read,
		[SITE_TIKTOK] = supplied_read,    [SITE_X] = x_read,
	};
	struct post post = { .count = 0 };

	switch (readers[link->site](ctx, link, &post, why)) {
	case FOUND_NOTHING:
		return POSTED_NOWHERE;
	case FOUND_FAULT:
		return POSTED_REFUSED;
	case FOUND_MEDIA:
		break;
	}
	*why = post_fetch(ctx, &post);
	return *why ? POSTED_REFUSED : post_say(ctx, link, &post, why, wait_s);
}

/* Telegram may have forgotten a file. */
static enum posted say_link(struct ctx *ctx, const struct post_link *link, const char **why,
			    int64_t *wait_s)
{
	enum posted posted = POSTED_REFUSED;
	struct post post;

	if (post_find_said(ctx, link, &post)) {
		posted = post_say(ctx, link, &post, why, wait_s);
		if (posted == POSTED_REFUSED)
			post_forget_said(ctx, link);
	}
	return posted == POSTED_REFUSED ? say_anew(ctx, link, why, wait_s) : posted;
}

static void reset_count(struct ctx *ctx, const char *name, int64_t value)
{
	job_count(ctx, name, value - job_counted(ctx, name));
}

static enum verdict go_on(struct ctx *ctx, struct where *where, int64_t after_s)
{
	reset_count(ctx, "wait_s", where->leaves ? after_s : 0);
	return job_next(ctx, write_where(where), where->leaves ? 0 : after_s);
}

static enum verdict next_link(struct ctx *ctx, struct where *where)
{
	reset_count(ctx, "tries", 0);
	reset_count(ctx, "busy", 0);
	where->link++;
	return go_on(ctx, where, 0);
}

static enum verdict try_later(struct ctx *ctx, struct where *where, const char *counted,
			      int64_t after_s)
{
	job_count(ctx, counted, 1);
	return go_on(ctx, where, after_s);
}

static enum verdict end_link(struct ctx *ctx, struct where *where, const struct post_link *link,
			     enum posted posted, const char *why, int64_t wait_s)
{
	switch (posted) {
	case POSTED:
	case POSTED_NOWHERE:
		break;
	case POSTED_IN_DOUBT:
		ctx_reply(ctx,
			  _("I sent the media of this link, and Telegram did not say whether they "
			    "arrived. I do not send them again."));
		break;
	case POSTED_LATER:
		if (job_counted(ctx, "tries") < TRIES_MAX)
			return try_later(ctx, where, "tries", wait_s > 0 ? wait_s : AWAY_S);
		notify(ctx, link, why);
		break;
	case POSTED_REFUSED:
		notify(ctx, link, why);
		break;
	}
	return next_link(ctx, where);
}

/* "" there is none. */
static const char *nth_link(struct ctx *ctx, int64_t n)
{
	const char *at = slug_text(ctx, 0);

	for (; n > 0; n--) {
		at += strcspn(at, " ");
		at += *at == ' ';
	}
	return ctx_printf(ctx, "%.*s", (int)strcspn(at, " "), at);
}

/* Without Redis nobody would know after the end of a process that something was being sent. */
static bool can_note(struct ctx *ctx)
{
	return brief_set(ctx, THIS_BOT, "note", "", 60);
}

static enum verdict leave(struct ctx *ctx, struct where *where)
{
	leave_place(ctx, &where->place);
	*where = (struct where) { .link = where->link };
	return job_next(ctx, write_where(where), job_counted(ctx, "wait_s"));
}

static enum verdict work(struct ctx *ctx, struct where *where, const struct post_link *link)
{
	const char *why = "";
	enum posted posted;
	int64_t wait_s = 0;

	if (can_note(ctx) && take_place(ctx, &where->place)) {
		where->leaves = true;
		posted = say_link(ctx, link, &why, &wait_s);
		return end_link(ctx, where, link, posted, why, wait_s);
	}
	if (job_counted(ctx, "busy") < BUSY_MAX)
		return try_later(ctx, where, "busy", BUSY_WAIT_S);
	notify(ctx, link, _("Too much is going on right now."));
	return next_link(ctx, where);
}

static enum verdict step(struct ctx *ctx, const struct job *job)
{
	struct where where = read_where(job->cursor);
	const char *address = nth_link(ctx, where.link);
	struct post_link link;

	if (where.leaves)
		return leave(ctx, &where);
	if (!address[0])
		return DONE;
	if (!site_read_link(ctx, address, &link) || !offers(ctx, &link))
		return next_link(ctx, &where);
	return work(ctx, &where, &link);
}

/* --- the command ------------------------------------------------------------------------------ */

static void add_sites(struct ctx *ctx, struct draft *draft)
{
	draft_add(draft, "\n\n<b>%s</b>", _("Sites:"));
	for (int i = 0; i < SITE_COUNT; i++) {
		if (!offers(ctx, &(struct post_link) { .site = (enum site_id)i }))
			continue;
		draft_add(draft, "\n• %s", sites[i].title);
		if (sites[i].asked)
			draft_add(draft, " (%s)",
				  ctx_printf(ctx, _("%s is asked, a third party"), sites[i].asked));
	}
}

static enum verdict show(struct ctx *ctx)
{
	const struct links_options *chosen = ctx_options(ctx);
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "%s",
		  chosen->media ? _("Links to posts are answered with their media here. "
				    "/mediaauto off switches it off.")
				: _("Links to posts are not answered here. /mediaauto on switches "
				    "it on."));
	add_sites(ctx, draft);
	return draft_reply(draft);
}

static enum verdict choose(struct ctx *ctx, const struct command *cmd)
{
	const char *why = NULL;

	if (cmd->args[0])
		why = ctx_choose_option(ctx, &links_module, &options[0], cmd->args);
	return why ? ctx_reply(ctx, "%s", why) : show(ctx);
}

/* --- the module ------------------------------------------------------------------------------- */

static void *open_links(const struct settings *settings, struct why *why)
{
	struct links_state *state = xcalloc(1, sizeof(*state));

	if (sites_read(settings->links_sites, &state->sites, why))
		return state;
	free(state);
	return NULL;
}

static void close_links(void *state)
{
	free(state);
}

#ifndef LINKS_HOSTS /* a test has its own */
#define LINKS_HOSTS                                                                          \
	HOSTS(HOST("public.api.bsky.app"), HOST("plc.directory"), HOST("cdn.bsky.app"),      \
	      HOST("*.host.bsky.network"), HOST("api.fxtwitter.com"), HOST("pbs.twimg.com"), \
	      HOST("video.twimg.com"), HOST("www.instagram.com"), HOST("i.instagram.com"),   \
	      HOST("*.cdninstagram.com"), HOST("*.fbcdn.net"), HOST("pin.it"),               \
	      HOST("*.pinterest.com"), HOST("*.pinimg.com"), HOST("redd.it"),                \
	      HOST("*.reddit.com"), HOST("*.redd.it"), HOST("*.redditmedia.com"),            \
	      HOST("*.tiktok.com"), HOST("*.tiktokv.com"), HOST("*.tiktokcdn.com"),          \
	      HOST("*.tiktokcdn-eu.com"), HOST("*.tiktokcdn-us.com"))
#endif

static const struct route routes[] = {
	TEXT(look),
	JOB(JOB_SLUG, step),
	COMMAND("mediaauto", choose, .usage = N_("[on or off]"), .rare = true,
		.help = N_("show or choose whether links are answered with their media")),
	END_OF_ROUTES,
};

const struct module links_module = {
	.name = "links",
	.title = N_("Media of links"),
	.icon = "🎞",
	.about = N_("I answer links to posts with their pictures and videos: /mediaauto shows of "
		    "which sites. Of X it is api.fxtwitter.com, a third party, that I ask: it "
		    "learns which post, and not who wants it."),
	.open = open_links,
	.close = close_links,
	.options = options,
	.routes = routes,
	.programs = PROGRAMS(POST_PROGRAMS),
	.hosts = LINKS_HOSTS,
};
