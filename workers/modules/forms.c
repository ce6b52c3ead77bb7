/* forms.c - the steps of the forms of all modules (workers/api/forms.h). */
#include "workers/module.h"

static const struct route routes[] = {
	MESSAGE(ctx_run_form_answer, .step = "form:%d:%d"),
	BUTTON("formkey:%d:%d:%d", ctx_run_form_button, .asker = true),
	END_OF_ROUTES,
};

const struct module forms_module = { .name = "forms", .routes = routes };
