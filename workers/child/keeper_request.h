/* keeper_request.h - which program a keeper is asked to run, and how. A child that was taken over
 * asks for what no module would. */
#ifndef WORKERS_CHILD_KEEPER_REQUEST_H
#define WORKERS_CHILD_KEEPER_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "common/pack.h"
#include "workers/host/host.h"

#define KEEPER_WORDS_MAX 128
#define KEEPER_SECONDS_MAX 600
#define KEEPER_BYTES_MAX (INT64_C(4096) << 20)

struct keeper_request {
	const struct module *module;
	const char *path; /* of the program */
	char *words[KEEPER_WORDS_MAX + 1];
	int64_t seconds, bytes; /* limits */
	bool wants_file;        /* the output is a file in the folder */
	bool web;               /* it has a proxy */
	json_t *json;           /* has the words */
};

/* NULL, or why it is none, with the code that the child is told. To be finished in any case. */
const char *keeper_request_read(struct keeper_request *request, const struct host *host,
				struct text body, int *code);
void keeper_request_finish(struct keeper_request *request);

#endif
