/* draft_kept.c - says a kept text again. */
#include <string.h>

#include "workers/host/draft.h"
#include "workers/host/filling.h"
#include "workers/host/options.h"

void draft_fill(struct draft *draft, const char *name, const char *text, const char *url)
{
	struct filling *filling = arena_alloc(draft->ctx->arena, sizeof(*filling));

	*filling = (struct filling) {
		.name = name,
		.text = text,
		.url = url,
		.next = draft->fillings,
	};
	draft->fillings = filling;
}

static void add_media(struct draft *draft, const struct media *media)
{
	if (!media->kind)
		return;
	draft_media(draft, media->kind, media->file_id, NULL);
	if (media->still_id[0])
		draft_cover(draft, media->still_id, NULL);
	draft_flags(draft, media->spoiler ? DRAFT_SPOILER : 0);
}

static void add_buttons(struct draft *draft, const struct kept *kept, struct filler *filler)
{
	for (size_t i = 0; i < kept->buttons_count; i++) {
		const struct message_link *button = &kept->buttons[i];

		if (i == 0 || button->row != kept->buttons[i - 1].row)
			draft_row(draft);
		draft_link(draft, filling_label(filler, button->label), button->url);
	}
}

void draft_kept(struct draft *draft, const char *kept, const struct user *about)
{
	struct ctx *ctx = draft->ctx;
	struct filler filler = { .ctx = ctx, .about = about, .fillings = draft->fillings };
	struct kept read;
	struct why why;

	kept = options_find_kept(ctx, kept, &why);
	if (!kept || !kept_read(kept, ctx->arena, &read, &why)) {
		draft_fail(draft, arena_strdup(ctx->arena, why.text));
		return;
	}
	filling_add(&filler, &read, &draft->markup);
	add_media(draft, &read.media);
	draft_flags(draft, read.look);
	if (read.preview)
		draft_preview(draft, read.preview);
	add_buttons(draft, &read, &filler);
}
