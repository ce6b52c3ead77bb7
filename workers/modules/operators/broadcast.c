/* broadcast.c - /op_broadcast: what an operator replies to goes to all groups, or to people who
 * asked for news (news.c), or both, as a job. */
#include <stdlib.h>
#include <string.h>

#include "workers/modules/operators/news.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define AT_ONCE 8          /* recipients at a step */
#define NAME_S (12 * 3600) /* for so long a step that runs again knows whom it has reached */
#define AWAY_S 10          /* while Telegram or Redis is away */
#define WAITS_MAX 3        /* when Telegram wants silence of one chat */
#define WAIT_MAX_S 60      /* at a time */
#define SHOWN_EACH 150     /* recipients between two changes of the report, and a tenth of all */
#define PEOPLE_BEGIN 1     /* where the cursor begins behind the groups: nobody has this id */
#define DRAFT_KEY "draft/broadcast"

enum whom { TO_GROUPS = 1, TO_PEOPLE = 2, TO_ALL = TO_GROUPS | TO_PEOPLE };

#define JOB_SLUG "broadcast:%d:%lld" /* enum whom, the message with the report */
#define SEND "opsend:%d:%lld"        /* enum whom, the message with /op_broadcast */
#define DISCARD "opdiscard"
#define SET "opset:%lld:%d" /* the job, enum job_state */

/* --- before ----------------------------------------------------------------------------------- */

struct reach {
	int64_t groups, people;
};

static bool count_reach(struct ctx *ctx, struct reach *out)
{
	int64_t all = ctx_count_groups(ctx),
		without = ctx_count_holders(ctx, OF_CHAT, "news", "off");

	out->groups = all > without ? all - without : 0;
	out->people = ctx_count_holders(ctx, OF_PERSON, NEWS_KEY, NEWS_YES);
	return all >= 0 && without >= 0 && out->people >= 0;
}

/* As everybody will see it. What stands for a chat or a person stays as it is. */
static void add_news(struct draft *draft, const char *kept)
{
	draft_fill(draft, "chat", "{chat}", NULL);
	draft_fill(draft, "count", "{count}", NULL);
	draft_kept(draft, kept, NULL);
}

static void add_groups(struct ctx *ctx, struct draft *draft, int64_t groups)
{
	draft_add(draft, "\n• ");
	draft_add(draft, ctx_plural(ctx, "%lld group", "%lld groups", (uint64_t)groups),
		  (long long)groups);
}

static void add_people(struct ctx *ctx, struct draft *draft, int64_t people)
{
	draft_add(draft, "\n• ");
	draft_add(draft,
		  ctx_plural(ctx, "%lld person who asked for news",
			     "%lld people who asked for news", (uint64_t)people),
		  (long long)people);
}

static enum verdict confirm(struct ctx *ctx, int64_t draft_id)
{
	struct draft *draft = ctx_draft(ctx);
	long long id = (long long)draft_id;
	struct reach reach;

	if (!count_reach(ctx, &reach))
		return FAIL;
	draft_add(draft, "%s", _("This is how it will look. To whom should it go?"));
	add_groups(ctx, draft, reach.groups);
	add_people(ctx, draft, reach.people);
	if (reach.groups)
		draft_button(draft, _("To the groups"), SEND, TO_GROUPS, id);
	if (reach.people)
		draft_button(draft, _("To the people"), SEND, TO_PEOPLE, id);
	if (reach.groups && reach.people)
		draft_button(draft, _("To both"), SEND, TO_ALL, id);
	draft_row(draft);
	draft_button(draft, _("Discard"), DISCARD);
	return draft_reply(draft);
}

static enum verdict prepare(struct ctx *ctx, const struct command *cmd)
{
	const struct message *message = ctx_find_message(ctx);
	const char *kept = message && message->reply ? message_keep(ctx, message->reply) : NULL;
	struct draft *draft = ctx_draft(ctx);

	if (!kept)
		return ctx_reply(ctx, "%s",
				 _("Reply with /op_broadcast to the message that should go out. "
				   "Links below it, as buttons, go with it."));
	if (!kept[0])
		return ctx_reply(ctx, "%s",
				 _("That cannot go out: only a text, a photo, a video or another "
				   "file can."));
	if (!store_set(ctx, THIS_PERSON, DRAFT_KEY,
		       ctx_printf(ctx, "%lld %s", (long long)cmd->message_id, kept)))
		return FAIL;
	add_news(draft, kept);
	if (draft_reply(draft) != DONE)
		return FAIL;
	return confirm(ctx, cmd->message_id);
}

static enum verdict discard(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	if (!store_set(ctx, THIS_PERSON, DRAFT_KEY, NULL))
		return FAIL;
	draft_add(draft, "%s", _("Nothing went out."));
	return draft_edit(draft, button);
}

/* --- the report ------------------------------------------------------------------------------- */

static const char *job_key(struct ctx *ctx, int64_t id)
{
	return ctx_printf(ctx, "job/%lld", (long long)id);
}

/* Whom it could not reach, by answer_outcome(); what is left is "other". */
static const struct reason {
	const char *name, *label;
} reasons[] = {
	{ "kicked", N_("the bot is not there any more") },
	{ "blocked", N_("the bot was blocked") },
	{ "no_rights", N_("the bot may not write there") },
	{ "too_many", N_("Telegram wanted silence there") },
	{ "in_doubt", N_("not known whether it arrived") },
	{ "other", N_("Telegram refused for another reason") },
	{ "off", N_("the news are switched off there") },
};

static const char *reason_of(const char *outcome)
{
	for (size_t i = 0; i < COUNT_OF(reasons); i++)
		if (strcmp(reasons[i].name, outcome) == 0)
			return reasons[i].name;
	return "other";
}

static void add_reasons(struct ctx *ctx, struct draft *draft)
{
	for (size_t i = 0; i < COUNT_OF(reasons); i++) {
		int64_t count = job_counted(ctx, reasons[i].name);

		if (count)
			draft_add(draft, "\n• %s: %lld", ctx_translate(ctx, reasons[i].label),
				  (long long)count);
	}
}

static void add_buttons(struct ctx *ctx, struct draft *draft, const struct job *job)
{
	bool paused = job->state == JOB_PAUSED;

	draft_button(draft, paused ? _("Go on") : _("Pause"), SET, (long long)job->id,
		     paused ? JOB_RUNNING : JOB_PAUSED);
	draft_button(draft, _("Cancel"), SET, (long long)job->id, JOB_CANCELLED);
}

/* In a turn of the job. */
static enum verdict report(struct ctx *ctx, const struct job *job, const char *title, bool is_over)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "<b>%s</b>", title);
	draft_add(draft, "\n%s: %lld / %lld", _("Sent"), (long long)job_counted(ctx, "sent"),
		  (long long)job_counted(ctx, "expected"));
	add_reasons(ctx, draft);
	if (!is_over)
		add_buttons(ctx, draft, job);
	return draft_edit_message(draft, slug_integer(ctx, 1));
}

/* --- the job ---------------------------------------------------------------------------------- */

/* The message with /op_broadcast stands before what is kept of the one that it replies to. */
static const char *take_draft(struct ctx *ctx, int64_t id)
{
	const char *stored = store_find(ctx, THIS_PERSON, DRAFT_KEY);
	char *kept;

	if (!stored || strtoll(stored, &kept, 10) != id)
		return NULL;
	return kept + 1;
}

static enum verdict start(struct ctx *ctx, const struct button *button)
{
	const char *kept = take_draft(ctx, slug_integer(ctx, 1));
	struct draft *draft = ctx_draft(ctx);
	int64_t id;

	if (!kept)
		return ctx_toast(ctx, "%s", _("That is not what you showed me last."));
	id = ctx_jobf(ctx, JOB_SLUG, (int)slug_integer(ctx, 0), (long long)button->message_id);
	if (!id || !store_set(ctx, THIS_BOT, job_key(ctx, id), kept) ||
	    !store_set(ctx, THIS_PERSON, DRAFT_KEY, NULL))
		return FAIL;
	draft_add(draft, _("Broadcast %lld begins."), (long long)id);
	add_buttons(ctx, draft, &(struct job) { .id = id });
	return draft_edit(draft, button);
}

/* Waits for what it needs to know whom it has reached already. */
static bool can_note(struct ctx *ctx)
{
	return brief_set(ctx, THIS_BOT, "broadcast", "", 60);
}

static const struct answer *say_to(struct ctx *ctx, const struct job *job, int64_t id,
				   const char *kept)
{
	const struct holder person = { .scope = OF_PERSON, .id = id };
	const char *locale = id > 0 ? store_find(ctx, person, NEWS_LOCALE_KEY) : NULL;
	struct draft *draft = ctx_draft(ctx);

	ctx_speak_to(ctx, id, locale ? locale : "");
	draft_to(draft, id, 0);
	add_news(draft, kept);
	draft_row(draft);
	draft_button(draft, _("No more news"), NEWS_STOP);
	draft_name(draft, NAME_S, "to:%lld", (long long)job->id);
	ctx_speak_to(ctx, 0, "");
	return draft_call(draft);
}

static bool is_off(struct ctx *ctx, int64_t id)
{
	const struct news_options *options = id < 0 ? ctx_options_of(ctx, id) : NULL;

	return options && !options->news;
}

/* What came of a recipient: the name of a count, or for how long to wait before trying again. */
struct turn {
	const char *count; /* NULL: wait */
	int64_t wait_s;
};

static struct turn take_turn(struct ctx *ctx, const struct job *job, int64_t id, const char *kept)
{
	const struct answer *answer;
	int64_t wait_s;

	if (is_off(ctx, id))
		return (struct turn) { .count = "off" };
	if (ctx_has_failed(ctx))
		return (struct turn) { 0 };
	answer = say_to(ctx, job, id, kept);
	if (!answer)
		return (struct turn) { .count = "other" };
	if (answer_ok(answer))
		return (struct turn) { .count = "sent" };
	if (strcmp(answer_outcome(answer), "network") == 0)
		return (struct turn) { .wait_s = AWAY_S };
	wait_s = answer_wait_s(answer);
	if (strcmp(answer_outcome(answer), "too_many") == 0 &&
	    job_counted(ctx, "waits") < WAITS_MAX) {
		job_count(ctx, "waits", 1);
		return (struct turn) { .wait_s = wait_s < 1            ? 1
						 : wait_s > WAIT_MAX_S ? WAIT_MAX_S
								       : wait_s };
	}
	return (struct turn) { .count = reason_of(answer_outcome(answer)) };
}

static int64_t count_done(struct ctx *ctx)
{
	int64_t done = job_counted(ctx, "sent");

	for (size_t i = 0; i < COUNT_OF(reasons); i++)
		done += job_counted(ctx, reasons[i].name);
	return done;
}

static bool is_worth_showing(struct ctx *ctx, int64_t before)
{
	int64_t after = count_done(ctx), all = job_counted(ctx, "expected");

	return after < all &&
	       (after / SHOWN_EACH != before / SHOWN_EACH || after * 10 / all != before * 10 / all);
}

static enum verdict end(struct ctx *ctx, const struct job *job, const char *title)
{
	if (!store_set(ctx, THIS_BOT, job_key(ctx, job->id), NULL))
		return FAIL;
	report(ctx, job, title, true);
	return ctx_reply(ctx, "%s", title);
}

/* The next ones, and where they begin. */
static size_t next_ids(struct ctx *ctx, const struct job *job, int64_t ids[AT_ONCE])
{
	return job->cursor <= 0
		       ? ctx_groups(ctx, job->cursor, ids, AT_ONCE)
		       : ctx_holders(ctx, OF_PERSON, NEWS_KEY, NEWS_YES, job->cursor, ids, AT_ONCE);
}

/* At the end of the groups people follow, if they are meant. */
static enum verdict end_part(struct ctx *ctx, const struct job *job)
{
	if (job->cursor <= 0 && slug_integer(ctx, 0) & TO_PEOPLE)
		return job_next(ctx, PEOPLE_BEGIN, 0);
	return end(ctx, job, ctx_printf(ctx, _("Broadcast %lld is over."), (long long)job->id));
}

static bool count_expected(struct ctx *ctx)
{
	int64_t whom = slug_integer(ctx, 0);
	struct reach reach;

	if (!count_reach(ctx, &reach))
		return false;
	job_count(ctx, "expected",
		  (whom & TO_GROUPS ? reach.groups : 0) + (whom & TO_PEOPLE ? reach.people : 0));
	return true;
}

/* Goes on behind the last one that is done. */
static enum verdict say_to_some(struct ctx *ctx, const struct job *job, const int64_t *ids,
				size_t count, const char *kept)
{
	int64_t cursor = job->cursor, before = count_done(ctx), wait_s = 0;

	for (size_t i = 0; i < count && !wait_s; i++) {
		struct turn turn = take_turn(ctx, job, ids[i], kept);

		wait_s = turn.wait_s;
		if (ctx_has_failed(ctx))
			return FAIL;
		if (!turn.count)
			break;
		job_count(ctx, turn.count, 1);
		job_count(ctx, "waits", -job_counted(ctx, "waits"));
		cursor = ids[i];
	}
	if (is_worth_showing(ctx, before))
		report(ctx, job, ctx_printf(ctx, _("Broadcast %lld"), (long long)job->id), false);
	return job_next(ctx, cursor, wait_s);
}

static enum verdict step(struct ctx *ctx, const struct job *job)
{
	const char *kept = store_find(ctx, THIS_BOT, job_key(ctx, job->id));
	int64_t ids[AT_ONCE];
	size_t count;

	if (job->cursor == 0 && !job_counted(ctx, "expected") && !count_expected(ctx))
		return FAIL;
	if (job->cursor == 0 && !(slug_integer(ctx, 0) & TO_GROUPS))
		return job_next(ctx, PEOPLE_BEGIN, 0);
	if (!can_note(ctx))
		return job_next(ctx, job->cursor, AWAY_S);
	count = next_ids(ctx, job, ids);
	if (ctx_has_failed(ctx))
		return FAIL;
	if (!kept || count == 0)
		return end_part(ctx, job);
	return say_to_some(ctx, job, ids, count, kept);
}

static enum verdict stopped(struct ctx *ctx, const struct job *job)
{
	long long id = (long long)job->id;

	if (job->state == JOB_CANCELLED)
		return end(ctx, job, ctx_printf(ctx, _("Broadcast %lld was cancelled."), id));
	return report(ctx, job, ctx_printf(ctx, _("Broadcast %lld is paused."), id), false);
}

static enum verdict press(struct ctx *ctx, const struct button *button)
{
	enum job_state state = (enum job_state)slug_integer(ctx, 1);
	struct job job = { .id = slug_integer(ctx, 0), .state = state };
	struct draft *draft = ctx_draft(ctx);

	if (!job_set(ctx, job.id, state))
		return ctx_toast(ctx, "%s", _("It is over."));
	if (state != JOB_RUNNING)
		return ctx_toast(ctx, "%s", _("In a moment…"));
	draft_add(draft, _("Broadcast %lld goes on."), (long long)job.id);
	add_buttons(ctx, draft, &job);
	return draft_edit(draft, button);
}

static const struct route routes[] = {
	COMMAND("op_broadcast", prepare, .operators = true, .private = true,
		.help = N_("send the message that this replies to, to all")),
	COMMAND("news", news_show, .private = true,
		.help = N_("whether you get news from those who run the bot")),
	COMMAND("news", news_show, .group = true, .admin = RIGHT_CHANGE_INFO,
		.help = N_("whether the group gets news from those who run the bot")),
	BUTTON(NEWS_STOP, news_stop, .admin = RIGHT_CHANGE_INFO),
	BUTTON(NEWS_SWITCH, news_switch, .admin = RIGHT_CHANGE_INFO),
	BUTTON(SEND, start, .operators = true),
	BUTTON(DISCARD, discard, .operators = true),
	BUTTON(SET, press, .operators = true),
	JOB(JOB_SLUG, step),
	JOB_STOPPED(JOB_SLUG, stopped),
	END_OF_ROUTES,
};

const struct module broadcast_module = {
	.name = "broadcast",
	.title = N_("News"),
	.icon = "📰",
	.options = news_fields,
	.routes = routes,
};
