/* examples_jobs.c - long work: /sweep says something in every group, three at a step, and can be
 * paused and cancelled by its buttons; /countdown fails at a step. */
#include "tests/modules/examples.h"

#include <stdlib.h>

#include "workers/module.h"

#define GROUPS_AT_ONCE 3

static void add_buttons(struct draft *draft, int64_t id, enum job_state state)
{
	if (state == JOB_CANCELLED)
		return;
	draft_button(draft, state == JOB_PAUSED ? "Go on" : "Pause", "sweeping:%lld:%d",
		     (long long)id, state == JOB_PAUSED ? JOB_RUNNING : JOB_PAUSED);
	draft_button(draft, "Cancel", "sweeping:%lld:%d", (long long)id, JOB_CANCELLED);
}

static enum verdict start(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);
	int64_t id = ctx_jobf(ctx, "sweep:%d:%.20s", 7, cmd->args);

	if (!id)
		return FAIL;
	draft_add(draft, "Job %lld: %lld groups, and %lld that like it.", (long long)id,
		  (long long)ctx_count_groups(ctx),
		  (long long)ctx_count_holders(ctx, OF_CHAT, "likes", "yes"));
	add_buttons(draft, id, JOB_RUNNING);
	return draft_reply(draft);
}

static enum verdict like(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	store_set(ctx, THIS_CHAT, "likes", "yes");
	return ctx_reply(ctx, "This group likes it.");
}

/* The groups of a step; what is written happens once however often the step runs. */
static enum verdict sweep(struct ctx *ctx, const struct job *job)
{
	int64_t ids[GROUPS_AT_ONCE];
	size_t count = ctx_groups(ctx, job->cursor, ids, GROUPS_AT_ONCE);
	const char *before = store_find(ctx, THIS_BOT, "steps");

	if (count == 0)
		return ctx_reply(ctx, "Job %lld is over: %lld groups, %s steps, at %lld s.",
				 (long long)job->id, (long long)job_counted(ctx, "groups"), before,
				 (long long)(ctx_now(ctx) % 60));
	store_set(ctx, THIS_BOT, "steps", ctx_printf(ctx, "%d", before ? atoi(before) + 1 : 1));
	for (size_t i = 0; i < count; i++) {
		struct draft *draft = ctx_draft(ctx);

		draft_to(draft, ids[i], 0);
		draft_add(draft, "%s, %lld of %lld", slug_text(ctx, 1), (long long)i + 1,
			  (long long)slug_integer(ctx, 0));
		draft_reply(draft);
	}
	job_count(ctx, "groups", (int64_t)count);
	return job_next(ctx, ids[count - 1], 10);
}

static enum verdict tell(struct ctx *ctx, const struct job *job)
{
	return ctx_reply(ctx, "Job %lld is %s after %lld groups (%s).", (long long)job->id,
			 job->state == JOB_PAUSED ? "paused" : "cancelled",
			 (long long)job_counted(ctx, "groups"), slug_text(ctx, 1));
}

static enum verdict press(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);
	enum job_state state = (enum job_state)slug_integer(ctx, 1);
	struct job job;

	if (!job_set(ctx, slug_integer(ctx, 0), state) ||
	    !job_find(ctx, slug_integer(ctx, 0), &job))
		return ctx_toast(ctx, "That job is over.");
	draft_add(draft, "Job %lld", (long long)job.id);
	add_buttons(draft, job.id, job.state);
	return draft_edit(draft, button);
}

static enum verdict count_down(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_jobf(ctx, "countdown") ? DONE : FAIL;
}

static enum verdict count(struct ctx *ctx, const struct job *job)
{
	if (job->cursor == 2 && !store_find(ctx, THIS_CHAT, "mended"))
		return ctx_fail(ctx, "the third step fails");
	ctx_reply(ctx, "%lld", (long long)(3 - job->cursor));
	return job->cursor < 3 ? job_next(ctx, job->cursor + 1, 1) : DONE;
}

static enum verdict go_on(struct ctx *ctx, const struct command *cmd)
{
	store_set(ctx, THIS_CHAT, "mended", "yes");
	return ctx_reply(ctx, "%s",
			 job_set(ctx, atoi(cmd->args), JOB_RUNNING) ? "It goes on." : "None.");
}

static const struct route routes[] = {
	COMMAND("sweep", start),
	COMMAND("like", like),
	COMMAND("countdown", count_down),
	COMMAND("goon", go_on),
	BUTTON("sweeping:%lld:%d", press),
	JOB("sweep:%d:%.20s", sweep),
	JOB_STOPPED("sweep:%d:%.20s", tell),
	JOB("countdown", count),
	END_OF_ROUTES,
};

const struct module jobs_example = { .name = "jobs", .routes = routes };
