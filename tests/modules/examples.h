/* examples.h - modules that use what the bot's own modules do not use (yet): to test the API. A
 * conversation names those that take part: "modules: note pager". */
#ifndef TESTS_MODULES_EXAMPLES_H
#define TESTS_MODULES_EXAMPLES_H

struct module;

/* NULL at the end. */
extern const struct module *const example_modules[];
/* Those that the guide shows, in recipes/. */
extern const struct module *const recipe_modules[];
/* Modules that are wrong: a conversation with them must fail (must-fail). */
extern const struct module *const broken_modules[];

#endif
