/* changes.c - what the buttons of the menu and the answers to its questions do to an option. All of
 * them make a value as people write it, which is checked as theirs. */
#include <string.h>

#include "workers/modules/settings/settings.h"

#define MINUTES_OF_DAY 1440

static const void *member_of(const struct option *option, const void *options)
{
	return (const char *)options + option->field->offset;
}

/* --- values ----------------------------------------------------------------------------------- */

static const char *choice(const struct option *option, int argument)
{
	for (int i = 0; option->field->choices && option->field->choices[i]; i++)
		if (i == argument)
			return option->field->choices[i];
	return "";
}

/* Within what fits; a time of day goes around midnight. */
static const char *step(struct ctx *ctx, const struct option *option, const void *options, int by)
{
	const struct field *field = option->field;
	int64_t number = *(const int64_t *)member_of(option, options);

	if (field->type == FIELD_TIME) {
		number = number < 0 ? 0 : number + by;
		number = (number % MINUTES_OF_DAY + MINUTES_OF_DAY) % MINUTES_OF_DAY;
		return ctx_printf(ctx, "%d:%02d", (int)(number / 60), (int)(number % 60));
	}
	number += by;
	if (field->minimum != field->maximum)
		number = number < field->minimum   ? field->minimum
			 : number > field->maximum ? field->maximum
						   : number;
	return ctx_printf(ctx, "%lld", (long long)number);
}

static const char *action(struct ctx *ctx, const struct action *action)
{
	bool lasts = action_lasts(action->kind);
	bool deletes = action->delete_message && action->kind > ACTION_DELETE;

	return ctx_printf(ctx, lasts && action->seconds ? "%s%s %llds" : "%s%s",
			  action_word(action->kind), deletes ? " delete" : "",
			  (long long)action->seconds);
}

static const char *changed_action(struct ctx *ctx, const struct option *option, const void *options,
				  enum change change, int argument)
{
	struct action now = *(const struct action *)member_of(option, options);

	if (change == CHANGE_ACTION)
		now.kind = (enum action_kind)argument;
	else if (change == CHANGE_SECONDS)
		now.seconds = argument;
	else
		now.delete_message = !now.delete_message;
	return action(ctx, &now);
}

/* All words but one; NULL: none is left. */
static const char *without_word(struct ctx *ctx, const struct option *option, const void *options,
				int argument)
{
	const char *const *word = *(const char *const *const *)member_of(option, options);
	const char *left = NULL;

	for (; *word; word++)
		if (number_of(*word) != argument)
			left = left ? ctx_printf(ctx, "%s %s", left, *word) : *word;
	return left;
}

/* As people write it; NULL: as nobody chose it. */
static const char *value_of(struct ctx *ctx, const struct option *option, const void *options,
			    enum change change, int argument)
{
	const struct field *field = option->field;

	switch (change) {
	case CHANGE_SWITCH:
		return *(const bool *)member_of(option, options) ? "off" : "on";
	case CHANGE_CHOICE:
		return choice(option, argument);
	case CHANGE_STEP:
		return step(ctx, option, options, argument);
	case CHANGE_SECONDS:
		if (field->type == FIELD_DURATION)
			return ctx_printf(ctx, "%ds", argument);
		return changed_action(ctx, option, options, change, argument);
	case CHANGE_ACTION:
	case CHANGE_DELETION:
		return changed_action(ctx, option, options, change, argument);
	case CHANGE_WORD:
		return without_word(ctx, option, options, argument);
	case CHANGE_OFF:
		return "off";
	case CHANGE_RESET:
	case CHANGE_SHOW:
		break;
	}
	return NULL;
}

/* A button of an earlier program, for an option that was of another type. */
static bool fits_type(enum field_type type, enum change change)
{
	switch (change) {
	case CHANGE_SWITCH:
		return type == FIELD_BOOLEAN;
	case CHANGE_CHOICE:
		return type == FIELD_CHOICE;
	case CHANGE_STEP:
		return type == FIELD_INTEGER || type == FIELD_TIME;
	case CHANGE_SECONDS:
		return type == FIELD_DURATION || type == FIELD_ACTION;
	case CHANGE_ACTION:
	case CHANGE_DELETION:
		return type == FIELD_ACTION;
	case CHANGE_WORD:
		return type == FIELD_WORDS;
	case CHANGE_OFF:
	case CHANGE_RESET:
		return true;
	case CHANGE_SHOW:
		break;
	}
	return false;
}

const char *change_option(struct ctx *ctx, const struct option *option, enum change change,
			  int argument)
{
	const void *options = ctx_options_in(ctx, option->module);

	if (!options || !fits_type(option->field->type, change))
		return _("This button is not for you, or does not work any more.");
	return ctx_choose_option(ctx, option->module, option->field,
				 value_of(ctx, option, options, change, argument));
}

/* --- answers ---------------------------------------------------------------------------------- */

/* Words that are written come to those that are there. */
static const char *more_words(struct ctx *ctx, const struct option *option, const char *text)
{
	const void *options = ctx_options_in(ctx, option->module);
	const char *now = options ? option_spelled(ctx, option->field, options) : "";

	return now[0] && strcmp(now, "off") != 0 ? ctx_printf(ctx, "%s %s", now, text) : text;
}

const char *answer_option(struct ctx *ctx, const struct option *option,
			  const struct message *message)
{
	const char *value = message->text;

	if (option->field->type == FIELD_KEPT) {
		value = message_keep(ctx, message);
		if (!value[0])
			return _("I can keep texts and files, and nothing else.");
	} else if (option->field->type == FIELD_WORDS && value[0]) {
		value = more_words(ctx, option, value);
	}
	return ctx_choose_option(ctx, option->module, option->field, value);
}
