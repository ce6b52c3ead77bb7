/* forms.h - several questions in turn, and one handler for all answers. */
#ifndef WORKERS_API_FORMS_H
#define WORKERS_API_FORMS_H

#include "workers/api/fields.h"
#include "workers/api/rights.h"
#include "workers/api/verdict.h"

/* What runs when the person has confirmed the summary: `values` is the struct of the form's fields,
 * filled. The chat in hand is the one for which it was asked. */
typedef enum verdict form_done_fn(struct ctx *ctx, const void *values);

struct form {
	const char *name;
	const char *title; /* above the summary, marked with N_() */
	const struct field *fields;
	form_done_fn *done;
	enum right admin; /* whoever answers needs it, each time; private chats pass */
};

/* .forms = FORMS(FORM("report", report_fields, report, N_("A report")), …) */
#define FORMS(...) ((const struct form[]) { __VA_ARGS__, { .name = NULL } })
#define FORM(name_, fields_, done_, ...)                                              \
	{                                                                             \
		.name = name_, .fields = fields_, .done = done_, .title = __VA_ARGS__ \
	}

/* Asks the first question of a form of this module; in groups, too, and only this person answers.
 * Each answer is checked as an argument of a command is, and asked again when it does not fit;
 * choices, yes and no are buttons. People go back, leave out what is `.optional`, cancel, and see
 * all of it before it is done. Somebody has one form at a time in a chat; it ends an hour after
 * their last answer. Until then what they wrote is in Redis and nowhere else; without it there are
 * no forms. */
enum verdict ctx_ask_form(struct ctx *ctx, const char *name);

#endif
