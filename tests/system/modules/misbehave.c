/* misbehave.c - the modules of a test build of korone-worker: /ping, and /misbehave WAY, which does
 * what no handler should. Linked instead of workers/modules/modules.c. */
#include "workers/module.h"
#include "workers/modules/modules.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/xalloc.h"

#define LOG_SUBSYSTEM "misbehave"

static volatile int sink;

static void leak(void)
{
	const size_t size = (size_t)24 << 20;

	memset(xmalloc(size), 1, size);
}

static void hoard(void)
{
	for (;;)
		leak();
}

static void loop(void)
{
	for (;;)
		sink = 1;
}

#if defined(__clang__)
#define PLAIN __attribute__((noinline, optnone))
#else
#define PLAIN __attribute__((noinline, optimize("O0")))
#endif

PLAIN static void recurse(void)
{
	volatile char page[4096];

	page[0] = 1;
	if (sink >= 0)
		recurse();
	sink = page[0];
}

PLAIN static void smash(void)
{
	char small[8];
	volatile size_t length = 4096;
	volatile char *at = small;

	for (size_t i = 0; i < length; i++)
		at[i] = 'A';
	sink = small[0];
}

/* Overwrites every writable shared mapping: the crash slot, the scoreboard, the settings cache. */
static void scribble(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long from, to;
	char line[512], rights[8];

	while (maps && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) == 3 && !strcmp(rights, "rw-s"))
			for (unsigned long at = from; at < to; at++)
				*(volatile char *)at = (char)0xff; /* NOLINT */
	if (maps)
		fclose(maps);
}

static void scribble_and_die(void)
{
	scribble();
	abort();
}

/* Both continue as if nothing had happened. */
static void fork_twice(void)
{
	(void)!fork();
	(void)!fork();
}

/* The copy has all descriptors, and would stay forever. */
static void copy(void)
{
	if (fork() == 0)
		for (;;)
			pause();
}

static void stray(void)
{
	copy();
	_exit(1);
}

static void close_all(void)
{
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
}

/* What is written to the socket is not a frame. */
static void write_everywhere(void)
{
	static const char protocol_error[64] = "\xff\xff\xff\xff nonsense";

	for (int fd = 0; fd < 64; fd++)
		for (int i = 0; i < 8; i++)
			(void)!write(fd, protocol_error, sizeof(protocol_error));
}

static void print(void)
{
	for (int i = 0; i < 10000; i++)
		printf("a handler that prints %d\n", i);
	fflush(stdout);
}

/* More than any pipe holds, through the log and around it. */
static void shout(void)
{
	for (int i = 0; i < 5000; i++)
		log_warn("a handler that shouts", log_signed("number", i));
	for (int i = 0; i < 5000; i++)
		fprintf(stderr, "a handler that prints what is no line of the log %d\n", i);
}

static void leave(void)
{
	exit(0);
}

static void leave_at_once(void)
{
	_exit(7);
}

static void doze(void)
{
	usleep(450000);
	_exit(1);
}

static void stop(void)
{
	raise(SIGSTOP);
}

static const struct {
	const char *name;
	void (*fn)(void);
} ways[] = {
	{ "leak", leak },
	{ "hoard", hoard },
	{ "loop", loop },
	{ "recurse", recurse },
	{ "smash", smash },
	{ "scribble", scribble },
	{ "scribble_and_die", scribble_and_die },
	{ "fork", fork_twice },
	{ "copy", copy },
	{ "stray", stray },
	{ "close", close_all },
	{ "write", write_everywhere },
	{ "print", print },
	{ "shout", shout },
	{ "exit", leave },
	{ "_exit", leave_at_once },
	{ "doze", doze },
	{ "stop", stop },
};

static enum verdict misbehave(struct ctx *ctx, const struct command *cmd)
{
	for (size_t i = 0; i < COUNT_OF(ways); i++)
		if (strcmp(cmd->args, ways[i].name) == 0)
			ways[i].fn();
	return ctx_reply(ctx, "survived %s", cmd->args);
}

/* /sleep MS */
static enum verdict sleep_for(struct ctx *ctx, const struct command *cmd)
{
	usleep((useconds_t)strtoul(cmd->args, NULL, 10) * 1000);
	return ctx_reply(ctx, "slept %s", cmd->args);
}

/* An answer that must not come twice. */
static enum verdict say_once(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_queue_oncef(ctx, "sendMessage", "{chat_id: %lld, text: 'once'}",
			       (long long)ctx_find_chat(ctx)->id);
}

/* Waits for Telegram, however long it takes. */
static enum verdict look(struct ctx *ctx, const struct command *cmd)
{
	const struct answer *answer = ctx_callf(ctx, "getChat", "{}");

	(void)cmd;
	return ctx_reply(ctx, "looked: %s", answer_ok(answer) ? "ok" : answer_error(answer));
}

/* Deletes so many messages before this one, each by a call of its own. */
static enum verdict purge(struct ctx *ctx, const struct command *cmd)
{
	long count = strtol(cmd->args, NULL, 10);

	for (long i = 1; i <= count; i++)
		ctx_queuef(ctx, "deleteMessage", "{message_id: %lld}",
			   (long long)(cmd->message_id - i));
	return DONE;
}

/* Bans these people, and says so. */
static enum verdict ban(struct ctx *ctx, const struct command *cmd)
{
	char *end = (char *)(uintptr_t)cmd->args;

	while (*end)
		ctx_queuef(ctx, "banChatMember", "{user_id: %lld, until_date: 600}",
			   strtoll(end, &end, 10));
	return ctx_reply(ctx, "banned");
}

static const struct route routes[] = {
	COMMAND("misbehave", misbehave, .help = "do what no handler should"),
	COMMAND("sleep", sleep_for, .help = "take so many milliseconds"),
	COMMAND("once", say_once, .help = "say something at most once"),
	COMMAND("purge", purge, .help = "delete what was said before"),
	COMMAND("ban", ban, .help = "ban people by their ids"),
	COMMAND("look", look, .help = "ask Telegram about this chat"),
	END_OF_ROUTES,
};

static const struct module misbehave_module = {
	.name = "misbehave",
	.title = "Misbehaviour",
	.routes = routes,
};

extern const struct module ping_module;

const struct module *const compiled_modules[] = { &misbehave_module, &ping_module, NULL };
