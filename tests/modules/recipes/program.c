/* program.c - counts the words of a file that somebody sends, by another program. */
#include "workers/module.h"

static enum verdict count(struct ctx *ctx, const struct message *message)
{
	const struct file *file = ctx_file(ctx, message->media->file_id);
	const struct file *words = ctx_run(ctx, &(struct program) { .input = file, .seconds = 10 },
					   "wc -w");

	if (file_error(words)[0])
		return ctx_reply(ctx, "%s", file_error(words));
	return ctx_reply(ctx, _("%s words"), (const char *)file_bytes(words));
}

static const struct route routes[] = {
	MESSAGE(count, .contents = CONTENT_DOCUMENT, .private = true),
	END_OF_ROUTES,
};

const struct module program_recipe = {
	.name = "recipe_program",
	.routes = routes,
	.programs = PROGRAMS("wc"),
};
