/* faults.h - misbehaviour that tests ask for, method by method. */
#ifndef SIMULATOR_FAULTS_H
#define SIMULATOR_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fault_mode {
	FAULT_NONE,
	FAULT_SLOW,     /* the right answer, delay_ms late */
	FAULT_SILENT,   /* no answer; the connection stays */
	FAULT_HALF,     /* half of the right answer, then the end */
	FAULT_GARBAGE,  /* bytes that are not HTTP, then the end */
	FAULT_NOT_JSON, /* 200 with a body that is not JSON */
	FAULT_HTML,     /* 502 with a page of HTML, as a proxy sends */
	FAULT_ERROR,    /* `status` in Telegram's form, with retry_after_s for 429 */
	FAULT_CLOSE,    /* the connection ends without an answer */
	FAULT_RESET,    /* the same by a TCP reset */
};

#define FAULTS_MAX 32
#define FAULT_METHOD_MAX 40

struct fault {
	char method[FAULT_METHOD_MAX]; /* "*": all methods */
	enum fault_mode mode;
	uint32_t delay_ms;
	int status;
	int retry_after_s;
	int64_t chat_id;  /* only calls to this chat; 0: all */
	int64_t times;    /* calls left; -1: unlimited */
	uint32_t percent; /* of the calls */
	bool effect;      /* the call is carried out nevertheless */
};

struct faults {
	struct fault list[FAULTS_MAX];
	size_t count;
	uint64_t random;
	uint64_t applied;
};

const char *fault_mode_name(enum fault_mode mode);
bool fault_mode_find(const char *name, enum fault_mode *out);
/* False when there are too many. */
bool faults_add(struct faults *faults, const struct fault *fault);
/* Those of a method, or all with NULL. */
void faults_remove(struct faults *faults, const char *method);
/* The fault that hits this call, counted; FAULT_NONE in `mode` when there is none. */
struct fault faults_take(struct faults *faults, const char *method, int64_t chat_id);

#endif
