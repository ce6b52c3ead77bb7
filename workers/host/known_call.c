/* known_call.c - see known_call.h. */
#include "workers/host/known_call.h"

#include <jansson.h>

#include "botapi/check.h"

#define LOG_SUBSYSTEM "host"
#include "common/log.h"

static bool is_known(const char *name, const json_t *parameters, struct why *why)
{
	const struct botapi_method *method = botapi_find_method(name, strlen(name));

	if (!method)
		return why_set(why, "the Bot API has no method \"%s\"", name);
	return botapi_check_call(method, parameters, why);
}

static bool is_not_wrong(const char *name, const json_t *parameters, struct why *why)
{
	struct why unknown;
	bool ok = botapi_check_newer(name, parameters, &unknown, why);

	if (ok && unknown.text[0])
		log_warn("newer than the table of the Bot API", log_text("what", unknown.text));
	return ok;
}

bool known_call(const struct settings *settings, const struct call *call, struct why *why)
{
	json_t *parameters = json_loadb(call->body.data, call->body.length, 0, NULL);
	char name[64];
	bool ok;

	snprintf(name, sizeof(name), "%.*s", (int)call->method.length, call->method.data);
	ok = settings->botapi_newer == BOTAPI_NEWER_YES ? is_not_wrong(name, parameters, why)
							: is_known(name, parameters, why);
	json_decref(parameters);
	return ok;
}
