/* forward.c - one destination.h per token. Each gets a report independently: one that is away
 * delays only the removal of the report. */
#include "crashd/forward.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xalloc.h"
#include "crashd/gzip.h"

#define LOG_SUBSYSTEM "forward"

#define BLANKS " \t"

struct forward {
	struct forward_options options;
	unsigned count; /* 0: off */
	struct destination *destinations[STORE_DESTINATIONS_MAX];
	/* NULL when there is only one destination: then `delivered` is used. */
	struct dedup *finished[STORE_DESTINATIONS_MAX];
};

static void note(struct dedup *delivered, const struct trace_id *id)
{
	if (!dedup_has(delivered, id))
		dedup_add(delivered, id);
}

static void forget(struct forward *forward, const struct trace_id *id,
		   enum destination_verdict verdict)
{
	note(forward->options.delivered, id);
	crash_store_remove(forward->options.store, STORE_REPORT, id);
	forward->options.fn(forward->options.owner, verdict);
}

static void on_left(void *owner, unsigned index, const struct trace_id *id,
		    enum destination_verdict verdict)
{
	struct forward *forward = owner;

	if (forward->finished[index])
		note(forward->finished[index], id);
	if (crash_store_finish(forward->options.store, id, index, forward->count))
		forget(forward, id, verdict);
}

/* Named after the token, so that the order of the tokens does not matter. */
static struct dedup *open_finished(const struct forward *forward, const char *token,
				   struct why *why)
{
	char *path = xasprintf("%s/delivered-%08" PRIx32, forward->options.directory,
			       checksum(token, strlen(token)));
	struct dedup *finished = dedup_open(path, why);

	free(path);
	return finished;
}

static bool add_destination(struct forward *forward, const char *token, bool is_alone,
			    struct why *why)
{
	unsigned index = forward->count;
	char *url = destination_url(token, forward->options.settings->logfire_base_url);
	struct dedup *finished = forward->options.delivered;

	if (!url)
		return true; /* no destination */
	if (!is_alone)
		finished = forward->finished[index] = open_finished(forward, token, why);
	if (finished)
		forward->destinations[forward->count++] = destination_create(
			&(struct destination_options) {
				.loop = forward->options.loop,
				.settings = forward->options.settings,
				.token = token,
				.url = url,
				.store = forward->options.store,
				.index = index,
				.finished = finished,
				.fn = on_left,
				.owner = forward,
			});
	free(url);
	return forward->count > index;
}

/* --- tokens --------------------------------------------------------------------------------- */

/* The next one, without the blanks around it; NULL at the end. `*at` is NULL after the last. */
static const char *next_token(const char **at, size_t *length)
{
	const char *token = *at;

	if (!token)
		return NULL;
	token += strspn(token, BLANKS);
	*length = strcspn(token, ",");
	*at = token[*length] ? token + *length + 1 : NULL;
	while (*length > 0 && strchr(BLANKS, token[*length - 1]))
		--*length;
	return token;
}

static bool is_token(const char *token, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (token[i] <= ' ' || token[i] > '~')
			return false;
	return true;
}

bool forward_check(const char *tokens, FILE *faults)
{
	unsigned count = 0;
	const char *token;
	size_t length;

	while ((token = next_token(&tokens, &length))) {
		count += length > 0;
		if (is_token(token, length))
			continue;
		fputs("LOGFIRE_TOKEN: has a blank or a character beyond ASCII within a token; "
		      "allowed: the "
		      "token as Logfire shows it, without \"Bearer\", or several with commas "
		      "between\n",
		      faults);
		return false;
	}
	if (count <= STORE_DESTINATIONS_MAX)
		return true;
	fprintf(faults, "LOGFIRE_TOKEN: has %u tokens; allowed: at most %u\n", count,
		STORE_DESTINATIONS_MAX);
	return false;
}

static bool add_destinations(struct forward *forward, const char *tokens, struct why *why)
{
	bool is_alone = strchr(tokens, ',') == NULL, good = true;
	const char *at = tokens, *found;
	size_t length;

	while (good && (found = next_token(&at, &length))) {
		char *token = xstrndup(found, length);

		log_secret(token);
		if (length > 0 || is_alone)
			good = add_destination(forward, token, is_alone, why);
		explicit_bzero(token, length);
		free(token);
	}
	return good;
}

struct forward *forward_create(const struct forward_options *options, struct why *why)
{
	struct forward *forward = xcalloc(1, sizeof(*forward));

	forward->options = *options;
	if (add_destinations(forward, options->settings->logfire_token, why))
		return forward;
	forward_destroy(forward);
	return NULL;
}

void forward_destroy(struct forward *forward)
{
	if (!forward)
		return;
	for (unsigned i = 0; i < STORE_DESTINATIONS_MAX; i++) {
		destination_destroy(forward->destinations[i]);
		dedup_close(forward->finished[i]);
	}
	free(forward);
}

bool forward_is_off(const struct forward *forward)
{
	return forward->count == 0;
}

void forward_pump(struct forward *forward)
{
	for (unsigned i = 0; i < forward->count; i++)
		destination_pump(forward->destinations[i]);
}

void forward_stop(struct forward *forward)
{
	for (unsigned i = 0; i < forward->count; i++)
		destination_stop(forward->destinations[i]);
}

size_t forward_busy(const struct forward *forward)
{
	size_t busy = 0;

	for (unsigned i = 0; i < forward->count; i++)
		busy += destination_busy(forward->destinations[i]);
	return busy;
}

const char *forward_state(const struct forward *forward)
{
	for (unsigned i = 0; i < forward->count; i++)
		if (!destination_is_ready(forward->destinations[i]))
			return destination_state(forward->destinations[i]);
	return forward->count > 0 ? "ready" : "off";
}

bool forward_is_ready(const struct forward *forward)
{
	for (unsigned i = 0; i < forward->count; i++)
		if (!destination_is_ready(forward->destinations[i]))
			return false;
	return true;
}
