/* photo_answer.c - a question that is answered with a photo and nothing else. */
#include "workers/module.h"

static enum verdict ask(struct ctx *ctx, const struct command *cmd)
{
	(void)cmd;
	return ctx_ask(ctx, "recipepicture", _("Send me the picture."));
}

static enum verdict take(struct ctx *ctx, const struct message *message)
{
	struct draft *draft = ctx_draft(ctx);

	draft_media(draft, "photo", message->media->file_id, NULL);
	draft_flags(draft, DRAFT_SPOILER);
	draft_add(draft, _("By <b>%s</b>. %s"), message->from->first_name, message->text);
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("picture", ask),
	MESSAGE(take, .step = "recipepicture", .contents = CONTENT_PHOTO),
	END_OF_ROUTES,
};

const struct module photo_answer_recipe = { .name = "recipe_photo_answer", .routes = routes };
