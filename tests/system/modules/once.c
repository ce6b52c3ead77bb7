/* once.c - the modules of a test build of korone-worker: /once, whose child is killed after each of
 * its writes in turn until one comes to the end, /hold, which writes and waits, /recent, which
 * counts, messages with a name, /later and /rings, which put work off. Linked instead of
 * workers/modules/modules.c. */
#include "workers/module.h"
#include "workers/modules/modules.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define POINTS 6
#define RINGS 6

/* Shared by the nursery and its children: what a killed child leaves. */
struct memory {
	_Atomic int64_t message_id;
	_Atomic int tries; /* of that message */
	_Atomic int64_t number;
};

static void *open_memory(const struct settings *settings, struct why *why)
{
	void *memory = mmap(NULL, sizeof(struct memory), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	(void)settings;
	if (memory != MAP_FAILED)
		return memory;
	why_set(why, "no memory");
	return NULL;
}

/* The nth try ends at the nth point. */
static void pass(struct ctx *ctx, int point)
{
	struct memory *memory = ctx_state(ctx);

	if (atomic_load(&memory->tries) == point)
		raise(SIGKILL);
}

static void begin(struct ctx *ctx, int64_t message_id)
{
	struct memory *memory = ctx_state(ctx);

	if (atomic_exchange(&memory->message_id, message_id) != message_id)
		atomic_store(&memory->tries, 0);
	atomic_fetch_add(&memory->tries, 1);
}

/* Whether it is the number of the tries before. */
static bool is_same(struct ctx *ctx, int64_t number)
{
	struct memory *memory = ctx_state(ctx);
	int64_t before = atomic_exchange(&memory->number, number);

	return atomic_load(&memory->tries) == 1 || before == number;
}

static const char *add_one(struct ctx *ctx, const char *before)
{
	return ctx_printf(ctx, "%ld", before ? strtol(before, NULL, 10) + 1 : 1);
}

static const char *shown(const char *text)
{
	return text ? text : "-";
}

static enum verdict once(struct ctx *ctx, const struct command *cmd)
{
	const char *setting = add_one(ctx, store_find(ctx, THIS_CHAT, "count"));
	const char *entry, *member, *brief, *key = NULL, *value;
	bool same, claimed;
	int listed = 0;

	begin(ctx, cmd->message_id);
	same = is_same(ctx, ctx_random(ctx, INT64_MAX));
	if (!store_set(ctx, THIS_CHAT, "count", setting))
		return FAIL;
	pass(ctx, 1);
	entry = store_find(ctx, THIS_CHAT, "log/last");
	if (!store_set(ctx, THIS_CHAT, "log/last", setting))
		return FAIL;
	pass(ctx, 2);
	member = add_one(ctx, store_find(ctx, THIS_MEMBER, "count"));
	if (!store_set(ctx, THIS_MEMBER, "count", member))
		return FAIL;
	pass(ctx, 3);
	brief = brief_find(ctx, THIS_CHAT, "last");
	if (!brief_set(ctx, THIS_CHAT, "last", setting, 600))
		return FAIL;
	pass(ctx, 4);
	claimed = brief_claim(ctx, THIS_CHAT, "first", 600);
	pass(ctx, 5);
	while (store_each(ctx, THIS_CHAT, "log/", &key, &value))
		listed++;
	if (!store_set(ctx, THIS_CHAT, ctx_printf(ctx, "log/%s", setting), "x"))
		return FAIL;
	pass(ctx, POINTS);
	return ctx_reply(ctx, "%s, entry %s, member %s, brief %s, %s, %d listed, %s", setting,
			 shown(entry), member, shown(brief), claimed ? "first" : "later", listed,
			 same ? "same" : "OTHER NUMBERS");
}

/* Writes, and waits until somebody says /go. */
static enum verdict hold(struct ctx *ctx, const struct command *cmd)
{
	const char *count = add_one(ctx, store_find(ctx, THIS_CHAT, "held"));

	(void)cmd;
	if (!store_set(ctx, THIS_CHAT, "held", count))
		return FAIL;
	while (!brief_find(ctx, THIS_BOT, "go on"))
		usleep(10000);
	return ctx_reply(ctx, "held %s", count);
}

static enum verdict go_on(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return brief_set(ctx, THIS_BOT, "go on", "yes", 600) ? ctx_reply(ctx, "yes") : FAIL;
}

/* One list for all chats; its child is killed after it has counted, if that is wanted. */
static enum verdict count_recent(struct ctx *ctx, const struct command *cmd)
{
	const struct holder list = { .scope = OF_LIST, .id = 44 };
	int64_t count = ctx_count_recent(ctx, list, "recent", 3600);

	if (cmd->args[0]) {
		begin(ctx, cmd->message_id);
		pass(ctx, 1);
	}
	return ctx_reply(ctx, "number %lld", (long long)count);
}

/* How many messages of the person are noted, with this one; the argument: notes nothing. */
static enum verdict note(struct ctx *ctx, const struct command *cmd)
{
	int64_t ids[3] = { 0 };
	bool noted = cmd->args[0] || ctx_note_message(ctx);
	size_t count = ctx_noted_messages(ctx, cmd->from->id, ids, 3);

	return ctx_reply(ctx, "%d, %zu noted, last %d", noted, count,
			 count && ids[count - 1] == cmd->message_id);
}

static enum verdict forget(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_forget(ctx, SUBJECT_PERSON) == DONE ? ctx_reply(ctx, "forgotten") : FAIL;
}

/* --- names of messages ------------------------------------------------------------------------ */

static enum verdict welcome(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "Welcome, %s!", cmd->args);
	draft_name(draft, 600, "welcome");
	if (draft_reply(draft) != DONE)
		return FAIL;
	return ctx_queuef(ctx, "sendDice", "{\"chat_id\":%lld}", (long long)cmd->chat->id);
}

static enum verdict rename_it(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "Hello, %s!", cmd->args);
	return draft_edit_named(draft, "welcome");
}

static enum verdict unsay(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_unsay(ctx, "welcome");
}

/* --- work that is put off --------------------------------------------------------------------- */

static enum verdict put_off(struct ctx *ctx, const struct command *cmd)
{
	return ctx_laterf(ctx, 3600, "waits:%lld", (long long)cmd->message_id);
}

static enum verdict be_due(struct ctx *ctx, const struct work *work)
{
	return ctx_reply(ctx, "%s, it is time", work->from->first_name);
}

/* Two rounds, of which the second replaces the first, and one that is cancelled. */
static enum verdict put_off_many(struct ctx *ctx, const struct command *cmd)
{
	long long seconds = atoi(cmd->args);

	for (long long round = 0; round < 2; round++)
		for (long long i = 1; i <= RINGS; i++)
			ctx_laterf(ctx, seconds + i, "rings:%lld", i);
	ctx_laterf(ctx, 0, "rings:%lld", 0LL);
	ctx_cancel(ctx, "rings:%lld", 0LL);
	return ctx_reply(ctx, "put off");
}

/* How often each did. */
static enum verdict ring(struct ctx *ctx, const struct work *work)
{
	const char *key = ctx_printf(ctx, "rang/%lld", (long long)slug_integer(ctx, 0));
	const char *before = store_find(ctx, THIS_CHAT, key);

	(void)work;
	return store_set(ctx, THIS_CHAT, key, ctx_printf(ctx, "%d", before ? atoi(before) + 1 : 1))
		       ? DONE
		       : FAIL;
}

static const struct route routes[] = {
	COMMAND("welcome", welcome),     COMMAND("rename", rename_it),
	COMMAND("unsay", unsay),         COMMAND("once", once),
	COMMAND("hold", hold),           COMMAND("go", go_on),
	COMMAND("forget", forget),       COMMAND("later", put_off),
	COMMAND("recent", count_recent), COMMAND("note", note),
	WORK("waits:%lld", be_due),      COMMAND("rings", put_off_many),
	WORK("rings:%lld", ring),        END_OF_ROUTES,
};

static const struct module once_module = { .name = "once", .open = open_memory, .routes = routes };

const struct module *const compiled_modules[] = { &once_module, NULL };
