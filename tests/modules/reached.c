/* reached.c - see reached.h: a byte for each row of all modules, in their order. */
#include "tests/modules/reached.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "common/log.h"
#include "common/xalloc.h"
#include "tests/modules/examples.h"
#include "workers/modules/modules.h"

#define ROUTES_MAX 8192

struct reached {
	bool *seen; /* of ROUTES_MAX, shared */
};

struct reached *reached_create(void)
{
	struct reached *reached = xcalloc(1, sizeof(*reached));

	reached->seen = mmap(NULL, ROUTES_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			     -1, 0);
	if (reached->seen == MAP_FAILED)
		panic("no memory to note which routes are reached");
	return reached;
}

void reached_destroy(struct reached *reached)
{
	munmap(reached->seen, ROUTES_MAX);
	free(reached);
}

/* --- rows ------------------------------------------------------------------------------------- */

static const struct module *const *const lists[] = {
	compiled_modules,
	example_modules,
	recipe_modules,
};

struct place_of_row {
	size_t list;
	const struct module *const *module;
	const struct route *route;
	size_t index;
};

static void enter_module(struct place_of_row *at)
{
	while (!*at->module && ++at->list < COUNT_OF(lists))
		at->module = lists[at->list];
	at->route = *at->module ? (*at->module)->routes : NULL;
}

static struct place_of_row first_row(void)
{
	struct place_of_row at = { .module = lists[0] };

	enter_module(&at);
	return at;
}

/* False after the last; at->route is a row's. */
static bool find_row(struct place_of_row *at)
{
	while (at->route && at->route->kind == ROUTE_END) {
		at->module++;
		enter_module(at);
	}
	if (at->route && at->index == ROUTES_MAX)
		panic("the modules have more than %d routes", ROUTES_MAX);
	return at->route;
}

static void next_row(struct place_of_row *at)
{
	at->route++;
	at->index++;
}

void reached_note(struct reached *reached, const struct route *route)
{
	struct place_of_row at = first_row();

	for (; find_row(&at); next_row(&at))
		if (at.route == route)
			reached->seen[at.index] = true;
}

static const char *kind_name(enum route_kind kind)
{
	static const char *const names[] = { [ROUTE_END] = "",
#define ROUTE_NAME(kind, event, update) [ROUTE_##kind] = #kind,
					     ROUTE_KINDS(ROUTE_NAME)
#undef ROUTE_NAME
	};

	return names[kind];
}

size_t reached_show_missing(const struct reached *reached)
{
	struct place_of_row at = first_row();
	size_t missing = 0;

	for (; find_row(&at); next_row(&at)) {
		const struct route *route = at.route;
		const char *name = route->match ? route->match : route->step;

		if (reached->seen[at.index])
			continue;
		missing++;
		printf("# %s: no conversation reaches %s(%s%s%s%s)\n", (*at.module)->name,
		       kind_name(route->kind), name ? "\"" : "", name ? name : "",
		       name ? "\", " : "", route->handler);
	}
	return missing;
}
