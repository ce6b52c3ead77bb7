/* everywhere.c - lifts the bans of somebody in all groups, as a job that goes on whatever is
 * restarted in between. */
#include "workers/module.h"

#define AT_ONCE 20

static enum verdict start(struct ctx *ctx, const struct command *cmd)
{
	const struct target *target = cmd->values;
	int64_t id = ctx_jobf(ctx, "recipeeverywhere:%lld", (long long)target->user->id);

	return id ? ctx_reply(ctx, _("Job %lld begins."), (long long)id) : FAIL;
}

static enum verdict lift(struct ctx *ctx, const struct job *job)
{
	int64_t groups[AT_ONCE];
	size_t count = ctx_groups(ctx, job->cursor, groups, AT_ONCE);

	if (count == 0)
		return ctx_reply(ctx, _("Job %lld is over. Groups: %lld"), (long long)job->id,
				 (long long)job_counted(ctx, "groups"));
	for (size_t i = 0; i < count; i++)
		ctx_queuef(ctx, "unbanChatMember",
			   "{chat_id: %lld, user_id: %lld, only_if_banned: true}",
			   (long long)groups[i], (long long)slug_integer(ctx, 0));
	job_count(ctx, "groups", (int64_t)count);
	return job_next(ctx, groups[count - 1], 0);
}

static const struct field arguments[] = {
	USER_FIELD(struct target, user, N_("user")),
	END_OF_FIELDS(struct target),
};

static const struct route routes[] = {
	COMMAND("op_unban", start, .operators = true, .arguments = arguments),
	JOB("recipeeverywhere:%lld", lift),
	END_OF_ROUTES,
};

const struct module everywhere_recipe = { .name = "recipe_everywhere", .routes = routes };
