/* options.h - what administrators choose in each chat, as data: a table of fields (fields.h) gives
 * the values to handlers, and people /set, the menu of /settings, export, import and copies. */
#ifndef WORKERS_API_OPTIONS_H
#define WORKERS_API_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "workers/api/fields.h"
#include "workers/api/files.h"
#include "workers/api/routes.h"
#include "workers/api/verdict.h"

struct module;

/* The column `.options` of a module:
 *
 *     struct flood_options {
 *             int64_t messages, seconds;
 *             struct action action;
 *     };
 *
 *     static const struct field options[] = {
 *             INTEGER_FIELD(struct flood_options, messages, N_("messages at once"),
 *                           .minimum = 3, .maximum = 100, .preset = "off", .may_be_off = true),
 *             …
 *             END_OF_FIELDS(struct flood_options),
 *     };
 *
 * An option is called by its module and its member, "flood.messages", and stored under both, so
 * that neither may change later. `.preset` is its value where nobody chose another. It is text in
 * the settings of the chat: what a later version of the program no longer takes counts as not
 * chosen. None may hold a person: USER, TARGET and TARGETS are refused.
 *
 * `.admin`: which right it needs to set it; default: RIGHT_CHANGE_INFO. `.private`: private chats
 * have it, too; without, it has its preset there. `.own`: each person's own, which private chats
 * alone have; ctx_options_of() with the id of a person tells it. Words and texts are kept up to 64
 * and 1024 bytes.
 *
 * `.changed` is called when the value has changed, by whatever way: /set, the menu, an import, a
 * copy, another group that this one follows, a group that became a supergroup. The chat in hand is
 * the one whose option it is, and ctx_options() shows the new values. It is for what follows them:
 * schedules, what is derived. Fields with the same function have it called once for all of them. */

/* The struct of this module's options for the chat in hand, filled; it costs no query. Lives until
 * the handler returns. Without a chat, or when the settings cannot be read, they are the presets;
 * in the second case the handler has failed.
 *
 *     const struct flood_options *options = ctx_options(ctx);
 *
 * Of a KEPT field it is "" or a text that only draft_kept() can say, which then reads it. */
const void *ctx_options(struct ctx *ctx);
/* Those of another chat. */
const void *ctx_options_of(struct ctx *ctx, int64_t chat_id);
/* Sets an option of this module in the chat in hand, in any spelling that people may use; NULL: to
 * its preset again. NULL, or why not as a sentence for people. Who may is for the caller to check:
 * the columns of its row. */
const char *ctx_set_option(struct ctx *ctx, const char *member, const char *value);

/* For modules that show and change the options of all modules: the chat in hand, and a field of the
 * other module's `.options`. */

/* The struct of that module's options; NULL after a failure: return FAIL. */
const void *ctx_options_in(struct ctx *ctx, const struct module *module);
/* Its value in such a struct: in words for people, and as it is written; both "" for nothing. */
const char *option_shown(struct ctx *ctx, const struct field *field, const void *options);
const char *option_spelled(struct ctx *ctx, const struct field *field, const void *options);
/* Whether somebody chose it, so that it can be reset. */
bool ctx_option_is_chosen(struct ctx *ctx, const struct module *module, const struct field *field);
/* Whether there is such an option in the chat in hand: `.private`. */
bool ctx_has_option(struct ctx *ctx, const struct field *field);
/* Whether whoever caused the update may set it there: NULL, or why not, for people. */
const char *ctx_option_refusal(struct ctx *ctx, const struct field *field);
/* As ctx_set_option(), by the person who caused the update: with the right that it needs. A KEPT
 * value is what message_keep() made; "off" and NULL are as everywhere. */
const char *ctx_choose_option(struct ctx *ctx, const struct module *module,
			      const struct field *field, const char *value);

/* All options of the chat in hand as a file, "settings.json": what was chosen. */
const struct file *ctx_options_file(struct ctx *ctx);
/* Makes the options of the chat in hand those of such a file, all or none of them, if the person
 * may set each that changes. NULL, or why not, for people, with the line or the option. */
const char *ctx_read_options(struct ctx *ctx, const struct file *file);
/* Makes the options of up to ten other chats those of the chat in hand, all or none of them. */
const char *ctx_copy_options(struct ctx *ctx, const int64_t *chat_ids, size_t count);
/* Makes them those of another chat now and whenever they change there; 0: not any more, and they
 * stay as they are. Until then nobody sets them here. */
const char *ctx_follow_options(struct ctx *ctx, int64_t chat_id);
/* The options of the chat in hand are those with which new groups begin; false: none are. For
 * operators: nobody is asked for a right. */
const char *ctx_set_default_options(struct ctx *ctx, bool some);
/* Gives them to the chat in hand if nothing was chosen there. */
const char *ctx_apply_default_options(struct ctx *ctx);

/* SETTER("setrules", "rules", columns…): a command of the module that sets its option, or shows it
 * when nothing follows. Who may set it is a matter of the option. */
enum verdict ctx_run_setter(struct ctx *ctx, const struct command *cmd);
#define SETTER(names, ...)                                                                 \
	ROUTE(command, names, ctx_run_setter, .kind = ROUTE_COMMAND, .admin = RIGHT_ADMIN, \
	      .option = __VA_ARGS__)

#endif
