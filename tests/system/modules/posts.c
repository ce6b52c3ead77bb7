/* posts.c - the module links with a host of a test in place of that for posts of X, and any for
 * their files: TEST_PORT is its port. Linked instead of workers/modules/modules.c. */
#include <stdlib.h>

#define X_KEEP_S 0
#define X_STATUS "http://good.test:%s/post?number=%s", getenv("TEST_PORT")
#define LINKS_HOSTS HOSTS(HOST("any"))
#include "workers/modules/links/links.c"
#include "workers/modules/links/x.c"
#include "workers/modules/modules.h"

const struct module *const compiled_modules[] = { &links_module, NULL };
