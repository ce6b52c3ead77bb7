/* option_log.c - changed options, told in the log channel of the group in hand. */
#include "workers/host/act.h"
#include "workers/host/draft.h"
#include "workers/host/options.h"

#define TOLD_MAX 20
#define VALUE_MAX 200 /* bytes */

/* As people write it; of a kept text only that there is another. */
static const char *value_of(struct ctx *ctx, const struct option_write *write)
{
	if (!write->value)
		return _("as at first");
	return write->field->type == FIELD_KEPT ? "…" : write->value;
}

void options_log(struct ctx *ctx, const struct option_write *const *changed, size_t count)
{
	struct draft *draft = count ? ctx_find_log(ctx, LOG_SETTINGS) : NULL;

	if (!draft)
		return;
	for (size_t i = 0; i < count && i < TOLD_MAX; i++)
		draft_add(draft, "%s<b>%s.%s:</b> %.*s", i ? "\n" : "",
			  changed[i]->table->module->name, changed[i]->field->member, VALUE_MAX,
			  value_of(ctx, changed[i]));
	if (count > TOLD_MAX)
		draft_add(draft, "\n…");
	act_add_asker(ctx, draft);
	draft_reply(draft);
}
