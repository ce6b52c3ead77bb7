/* fuzz_keeper.c - which program a child asks a keeper to run. */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "workers/child/keeper_request.h"
#include "workers/module.h"

static const struct route no_routes[] = { END_OF_ROUTES };
static const struct module near = { .name = "near",
				    .routes = no_routes,
				    .hosts = HOSTS(HOST("a.org")),
				    .programs = PROGRAMS("sh") };
static const struct module alone = { .name = "alone",
				     .routes = no_routes,
				     .programs = PROGRAMS("cat") };
static const struct module *const modules[] = { &near, &alone, NULL };

static struct host *make_host(void)
{
	static struct settings settings = { .modules_load = "*",
					    .modules_not_load = "",
					    .links_sites = "all",
					    .default_locale = "en_US",
					    .api_url = "https://api.telegram.org",
					    .log_level = LOG_LEVEL_ERROR,
					    .state_dir = "/nonexistent" };
	struct why why;

	return host_create(modules, &settings, &why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct host *host;
	struct keeper_request request;
	int code;

	if (!host)
		host = make_host();
	PROMISE(host);
	if (!keeper_request_read(&request, host, (struct text) { (const char *)data, size },
				 &code)) {
		PROMISE(strcmp(request.words[0], request.module->programs[0]) == 0);
		PROMISE(!request.web || request.module == &near);
		PROMISE(request.seconds > 0 && request.seconds <= KEEPER_SECONDS_MAX);
		PROMISE(request.bytes > 0 && request.bytes <= KEEPER_BYTES_MAX);
	}
	keeper_request_finish(&request);
	return 0;
}
