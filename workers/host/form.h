/* form.h - the forms of modules (workers/api/forms.h), checked when the program starts. */
#ifndef WORKERS_HOST_FORM_H
#define WORKERS_HOST_FORM_H

#include "workers/host/ctx.h"

/* False and a reason: one that could not be asked, two of a name. */
MUST_CHECK bool form_check_all(const struct module *module, struct why *why);

#endif
