/* field_expected.c - what would have fitted, as a sentence for each type of field. */
#include "workers/host/draft.h"
#include "workers/host/field_value.h"

static bool has_range(const struct field *field)
{
	return field->minimum != field->maximum;
}

static void add_integer(struct ctx *ctx, struct draft *draft, const struct field *field)
{
	if (has_range(field))
		draft_add(draft, _("It is a whole number from %lld to %lld."),
			  (long long)field->minimum, (long long)field->maximum);
	else
		draft_add(draft, "%s", _("It is a whole number."));
}

static void add_duration(struct ctx *ctx, struct draft *draft, const struct field *field)
{
	if (has_range(field))
		draft_add(draft, _("It is a duration from %s to %s."),
			  field_spell_duration(field->minimum, ctx->arena),
			  field_spell_duration(field->maximum, ctx->arena));
	else
		draft_add(draft, "%s", _("It is a duration such as 10m, 2h, 3d or 1w."));
}

static void add_choices(struct ctx *ctx, struct draft *draft, const struct field *field)
{
	draft_add(draft, "%s", _("It is one of these:"));
	for (size_t i = 0; field->choices[i]; i++)
		if (ctx_offers_choice(ctx, field, i))
			draft_add(draft, " <code>%s</code>", field->choices[i]);
}

static void add_actions(struct ctx *ctx, struct draft *draft, const struct field *field)
{
	draft_add(draft, "%s", _("It is one of these:"));
	for (size_t i = 0; i < action_names_count; i++)
		if (!field->actions || field->actions & 1u << action_names[i].kind)
			draft_add(draft, " <code>%s</code>",
				  ctx_translate(ctx, action_names[i].name));
	draft_add(draft, ". ");
	draft_add(draft, _("A duration such as 2h may follow, and <code>%s</code>."), _("delete"));
}

static void add_type(struct ctx *ctx, struct draft *draft, const struct field *field)
{
	switch (field->type) {
	case FIELD_INTEGER:
		add_integer(ctx, draft, field);
		return;
	case FIELD_BOOLEAN:
		draft_add(draft, "%s", _("It is yes or no."));
		return;
	case FIELD_DURATION:
		add_duration(ctx, draft, field);
		return;
	case FIELD_CHOICE:
		add_choices(ctx, draft, field);
		return;
	case FIELD_ACTION:
		add_actions(ctx, draft, field);
		return;
	case FIELD_WORDS:
		draft_add(draft, _("It is a list of up to %lld words."),
			  (long long)(field->maximum ? field->maximum : FIELD_WORDS_MAX));
		return;
	case FIELD_CHAT:
		draft_add(draft, "%s", _("It is the id of a group or channel: -100…"));
		return;
	case FIELD_TIME:
		draft_add(draft, "%s", _("It is a time of day such as 22:30."));
		return;
	case FIELD_USER:
	case FIELD_TARGET:
	case FIELD_TARGETS:
		draft_add(draft, "%s",
			  _("It is a person: an id, the username of somebody I have seen, a "
			    "mention, or whoever wrote the message that you reply to."));
		return;
	case FIELD_KEPT:
		draft_add(draft, "%s", _("It is a text, a file, or a reply to a message."));
		return;
	case FIELD_WORD:
	case FIELD_TEXT:
	case FIELD_END:
		return;
	}
}

void draft_expected(struct draft *draft, const struct field *field)
{
	struct ctx *ctx = draft->ctx;

	if (field->type != FIELD_WORD && field->type != FIELD_TEXT)
		draft_add(draft, " ");
	add_type(ctx, draft, field);
	if (field->may_be_off)
		draft_add(draft, " %s", _("Or off."));
}
