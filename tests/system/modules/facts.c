/* facts.c - the modules of a test build of korone-worker: facts about people (workers/api/facts.h),
 * and the way to see and erase them. Linked instead of workers/modules/modules.c. */
#include "workers/module.h"
#include "workers/modules/modules.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Shared by the nursery and its children: whether the next child that has counted is killed. */
static void *open_memory(const struct settings *settings, struct why *why)
{
	void *memory = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);

	(void)settings;
	if (memory != MAP_FAILED)
		return memory;
	why_set(why, "no memory");
	return NULL;
}

static int64_t person_of(const struct command *cmd)
{
	return strtoll(cmd->args, NULL, 10);
}

static enum verdict die_next(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	*(int *)ctx_state(ctx) = 1;
	return ctx_reply(ctx, "Armed.");
}

static enum verdict count(struct ctx *ctx, const struct command *cmd)
{
	struct fact fact;

	if (!fact_add(ctx, THIS_CHAT, "count", person_of(cmd), 1, &fact))
		return FAIL;
	if (*(int *)ctx_state(ctx) == 1) {
		*(int *)ctx_state(ctx) = 0;
		raise(SIGKILL);
	}
	return ctx_reply(ctx, "counted %lld", (long long)fact.number);
}

static enum verdict ban(struct ctx *ctx, const struct command *cmd)
{
	const struct fact fact = { .person = person_of(cmd), .number = 7 };

	return fact_set(ctx, (struct holder) { .scope = OF_LIST, .id = 44 }, "ban", &fact)
		       ? ctx_reply(ctx, "banned")
		       : FAIL;
}

static enum verdict unban(struct ctx *ctx, const struct command *cmd)
{
	bool was_banned = fact_remove(ctx, (struct holder) { .scope = OF_LIST, .id = 44 }, "ban",
				      person_of(cmd));

	return ctx_reply(ctx, was_banned ? "unbanned" : "was not banned");
}

static enum verdict list(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);
	struct fact next = { 0 };

	(void)cmd;
	draft_add(draft, "counts:");
	while (fact_each(ctx, THIS_CHAT, "count", &next))
		draft_add(draft, " %lld=%lld", (long long)next.person, (long long)next.number);
	return draft_reply(draft);
}

static enum verdict is_banned(struct ctx *ctx, const struct text_message *message)
{
	bool banned = fact_find(ctx, (struct holder) { .scope = OF_LIST, .id = 44 }, "ban",
				message->from->id, NULL);

	return ctx_reply(ctx, banned ? "you are banned" : "you are welcome");
}

static enum verdict forget(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_forget(ctx, SUBJECT_PERSON) == DONE ? ctx_reply(ctx, "forgotten") : FAIL;
}

static enum verdict export_facts(struct ctx *ctx, const struct command *cmd)
{
	const struct answer *data = ctx_find_data(ctx, SUBJECT_PERSON);
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	if (!data)
		return FAIL;
	draft_add(draft, "facts:");
	for (size_t i = 0; i < answer_count(data, "facts"); i++)
		draft_add(draft, " %s=%lld in %s",
			  answer_text(data, ctx_printf(ctx, "facts.%zu.kind", i)),
			  (long long)answer_integer(data, ctx_printf(ctx, "facts.%zu.number", i)),
			  answer_text(data, ctx_printf(ctx, "facts.%zu.title", i)));
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("die_next", die_next),   COMMAND("count", count), COMMAND("ban", ban),
	COMMAND("unban", unban),         COMMAND("list", list),   COMMAND("forget", forget),
	COMMAND("export", export_facts), TEXT(is_banned),         END_OF_ROUTES,
};

static const struct module facts_module = {
	.name = "facts",
	.open = open_memory,
	.routes = routes,
	.facts = FACTS(FACT("count", "counts", .keep_s = 86400, .listed = true),
		       FACT("ban", "bans", .outlives_erasure = true)),
};

const struct module *const compiled_modules[] = { &facts_module, NULL };
