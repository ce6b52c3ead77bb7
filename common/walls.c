/* walls.c - the names of the walls. */
#include "common/walls.h"

const char *const wall_names[] = { "files", "calls", NULL };

const char *walls_text(uint32_t walls)
{
	static const char *const texts[] = {
		"missing: files, calls",
		"missing: calls",
		"missing: files",
		"files, calls",
	};

	return texts[walls & WALLS_ALL];
}

void walls_write(uint32_t walls, struct json *json)
{
	json_key(json, "walls");
	json_object_start(json);
	for (enum wall wall = 0; wall < WALL_COUNT; wall++)
		json_key_bool(json, wall_names[wall], walls_have(walls, wall));
	json_object_end(json);
}
