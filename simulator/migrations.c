#include "simulator/migrations.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/action_service.h"
#include "simulator/methods.h"
#include "simulator/sim.h"

struct migration {
	struct chat *group;
	struct person *by;
	const struct method *before;
};

bool migrations_plan(struct sim *sim, struct chat *group, struct person *by, const char *before)
{
	const struct method *method = methods_find(sim->methods, before, strlen(before));

	if (!method || sim->migration)
		return false;
	sim->migration = xmalloc(sizeof(*sim->migration));
	*sim->migration = (struct migration) { .group = group, .by = by, .before = method };
	return true;
}

void migrations_carry_out(struct sim *sim, const struct method *method, const struct chat *chat)
{
	struct migration migration;
	int32_t ids[2];

	if (!sim->migration || chat != sim->migration->group || method != sim->migration->before)
		return;
	migration = *sim->migration;
	migrations_finish(sim);
	if (!migration.group->migrated_to)
		action_migrate(sim, migration.group, migration.by, ids);
}

void migrations_finish(struct sim *sim)
{
	free(sim->migration);
	sim->migration = NULL;
}
