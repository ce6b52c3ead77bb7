/* keeper_request.c - JSON, as workers/host/run.c writes it. */
#include "workers/child/keeper_request.h"

#include <stddef.h>

#include "workers/host/programs.h"
#include "workers/module.h"

static bool read_words(struct keeper_request *request)
{
	const json_t *words = json_object_get(request->json, "words");
	size_t count = json_array_size(words);

	if (!count || count > KEEPER_WORDS_MAX)
		return false;
	for (size_t i = 0; i < count; i++) {
		const char *word = json_string_value(json_array_get(words, i));

		if (!word)
			return false;
		request->words[i] = (char *)(uintptr_t)word;
	}
	return true;
}

static bool read_limits(struct keeper_request *request)
{
	int64_t megabytes = json_integer_value(json_object_get(request->json, "megabytes"));

	request->seconds = json_integer_value(json_object_get(request->json, "seconds"));
	if (request->seconds < 1 || request->seconds > KEEPER_SECONDS_MAX || megabytes < 1 ||
	    megabytes > KEEPER_BYTES_MAX >> 20)
		return false;
	request->bytes = megabytes << 20;
	return true;
}

static const struct module *find_module(const struct host *host, json_int_t number)
{
	const struct module *const *modules = host_modules(host);

	for (json_int_t i = 0; modules[i]; i++)
		if (i == number)
			return modules[i];
	return NULL;
}

const char *keeper_request_read(struct keeper_request *request, const struct host *host,
				struct text body, int *code)
{
	const json_t *module;

	*request = (struct keeper_request) { .json = json_loadb(body.data, body.length, 0, NULL) };
	*code = 400;
	module = json_object_get(request->json, "module");
	request->module = json_is_integer(module) ? find_module(host, json_integer_value(module))
						  : NULL;
	if (!request->module || !read_limits(request))
		return "a malformed request";
	if (!read_words(request))
		return "a malformed command";
	request->wants_file = json_is_true(json_object_get(request->json, "output"));
	request->web = json_is_true(json_object_get(request->json, "web"));
	*code = 501;
	if (request->web && (!request->module->hosts || !request->module->hosts->name))
		return "the module names no hosts";
	request->path = programs_find(host_programs(host), request->module, request->words[0]);
	return request->path ? NULL : "the module has no such program";
}

void keeper_request_finish(struct keeper_request *request)
{
	json_decref(request->json);
	request->json = NULL;
}
