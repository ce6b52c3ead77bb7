/* rule.h - what the automatic rules of this folder share. */
#ifndef WORKERS_MODULES_MODERATION_RULE_H
#define WORKERS_MODULES_MODERATION_RULE_H

#include "workers/module.h"

/* Everything of a message that people can read, with line breaks between: text or caption, what it
 * quotes, hidden links, labels and addresses of buttons, questions and options of a poll, tasks of
 * a checklist, contacts, places, names of files, and by which bot it was made. */
const char *rule_text(struct ctx *ctx, const struct message *message);

/* Does what a rule of the group says to whoever wrote this message, unless they are exempt.
 * `reason` is for administrators, `trial`: is only logged. All messages of an album are one. DONE
 * when something was done, else PASS: other rules and modules go on. */
enum verdict rule_enforce(struct ctx *ctx, const struct message *message, struct action action,
			  const char *reason, bool trial);

#endif
