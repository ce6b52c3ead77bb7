/* files.c - the module of a test build of korone-worker. Linked instead of
 * workers/modules/modules.c.
 *
 *     /copy BYTES     sends a file, gets it back from Telegram, and says whether it is the same
 *     /transfer BYTES the same, but does not look at it
 *     /make BYTES     answers with a file
 *     /run SCRIPT     says what bash says
 *     /html PAGE      says what korone-html finds in it */
#include "workers/module.h"
#include "workers/modules/modules.h"

#include <stdlib.h>
#include <string.h>

#define PIECE 4096

static struct file *make(struct ctx *ctx, const char *bytes)
{
	struct file *file = file_made(ctx, "made.bin");
	char piece[PIECE];
	long long left = atoll(bytes);

	for (unsigned number = 0; left > 0; number++) {
		size_t size = left < PIECE ? (size_t)left : PIECE;

		memset(piece, (int)('a' + number % 23), sizeof(piece));
		file_add_bytes(file, piece, size);
		left -= (long long)size;
	}
	return file;
}

static const struct file *send_and_get(struct ctx *ctx, const struct file *made)
{
	const struct answer *sent = ctx_callf(ctx, "sendDocument", "{document: %s}",
					      file_part(ctx, made));

	if (!answer_ok(sent))
		return NULL;
	return ctx_file(ctx, answer_text(sent, "document.file_id"));
}

static enum verdict copy(struct ctx *ctx, const struct command *cmd)
{
	const struct file *made = make(ctx, cmd->args), *got = send_and_get(ctx, made);

	if (!got || file_error(got)[0])
		return ctx_reply(ctx, "%s", got ? file_error(got) : "not sent");
	if (file_size(got) != file_size(made) ||
	    memcmp(file_bytes(got), file_bytes(made), (size_t)file_size(made)) != 0)
		return ctx_reply(ctx, "another");
	return ctx_reply(ctx, "%lld bytes, the same: %s", (long long)file_size(got),
			 file_name(got));
}

static enum verdict transfer(struct ctx *ctx, const struct command *cmd)
{
	const struct file *got = send_and_get(ctx, make(ctx, cmd->args));

	if (!got || file_error(got)[0])
		return ctx_reply(ctx, "%s", got ? file_error(got) : "not sent");
	return ctx_reply(ctx, "%lld bytes", (long long)file_size(got));
}

static enum verdict answer_with_file(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);

	draft_media(draft, "document", NULL, make(ctx, cmd->args));
	return draft_reply(draft);
}

static enum verdict run(struct ctx *ctx, const struct command *cmd)
{
	const struct file *output = ctx_run(ctx, &(struct program) { .seconds = 100 }, "bash -c %s",
					    cmd->args);

	if (file_error(output)[0])
		return ctx_reply(ctx, "%s", file_error(output));
	return ctx_reply(ctx, "%s", (const char *)file_bytes(output));
}

static enum verdict find_in_page(struct ctx *ctx, const struct command *cmd)
{
	struct file *page = file_made(ctx, "page.html");
	const struct program program = { .input = page, .seconds = 100 };
	const struct file *output;

	file_add(page, "%s", cmd->args);
	output = ctx_run(ctx, &program, "korone-html {input} li=li:@id,.");
	if (file_error(output)[0])
		return ctx_reply(ctx, "%s", file_error(output));
	return ctx_reply(ctx, "%s", (const char *)file_bytes(output));
}

static const struct route routes[] = {
	COMMAND("copy", copy), COMMAND("transfer", transfer), COMMAND("make", answer_with_file),
	COMMAND("run", run),   COMMAND("html", find_in_page), END_OF_ROUTES,
};

static const struct module files_module = {
	.name = "files",
	.title = "Files",
	.routes = routes,
	.programs = PROGRAMS("bash", "sleep", "korone-html", "not-installed"),
	.programs_at_once = 1,
};

const struct module *const compiled_modules[] = { &files_module, NULL };
