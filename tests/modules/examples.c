/* examples.c - the example modules, alphabetical; each is in an examples_*.c or a recipe. */
#include "tests/modules/examples.h"

#include <stddef.h>

#include "workers/module.h"

#define EXAMPLES(EXAMPLE) \
	EXAMPLE(acts)     \
	EXAMPLE(alarm)    \
	EXAMPLE(asker)    \
	EXAMPLE(caller)   \
	EXAMPLE(enter)    \
	EXAMPLE(facts)    \
	EXAMPLE(jobs)     \
	EXAMPLE(forms)    \
	EXAMPLE(keep)     \
	EXAMPLE(kiosk)    \
	EXAMPLE(mirror)   \
	EXAMPLE(name)     \
	EXAMPLE(note)     \
	EXAMPLE(options)  \
	EXAMPLE(page)     \
	EXAMPLE(pager)    \
	EXAMPLE(painter)  \
	EXAMPLE(quiz)     \
	EXAMPLE(read)     \
	EXAMPLE(reminder) \
	EXAMPLE(ruler)    \
	EXAMPLE(rights)   \
	EXAMPLE(say)      \
	EXAMPLE(teller)   \
	EXAMPLE(watcher)  \
	EXAMPLE(web)

#define EXAMPLE_DECLARE(name) extern const struct module name##_example;
EXAMPLES(EXAMPLE_DECLARE)
#undef EXAMPLE_DECLARE

const struct module *const example_modules[] = {
#define EXAMPLE_ROW(name) &name##_example,
	EXAMPLES(EXAMPLE_ROW)
#undef EXAMPLE_ROW
		NULL,
};
