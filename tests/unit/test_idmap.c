/* test_idmap.c - a hash table of ids, against a plain array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "common/idmap.h"

#define IDS 500

static void it_agrees_with_an_array(void **state)
{
	struct idmap map = { 0 };
	static char present[IDS];
	size_t count = 0, at = 0, walked = 0;

	(void)state;
	srand(1);
	for (int step = 0; step < 200000; step++) {
		uint64_t id = (uint64_t)rand() % IDS;

		if (present[id])
			assert_ptr_equal(idmap_remove(&map, id), &present[id]);
		else
			idmap_add(&map, id, &present[id]);
		count += present[id] ? (size_t)-1 : 1;
		present[id] = !present[id];
		assert_int_equal(map.count, count);
		id = (uint64_t)rand() % IDS;
		assert_ptr_equal(idmap_find(&map, id), present[id] ? &present[id] : NULL);
	}
	while (idmap_next(&map, &at))
		walked++;
	assert_int_equal(walked, count);
	assert_null(idmap_remove(&map, IDS + 1));
	idmap_finish(&map);
	assert_null(idmap_find(&map, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_agrees_with_an_array),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
