/* journal.h - what the bot called: the last calls, for tests to read. */
#ifndef SIMULATOR_JOURNAL_H
#define SIMULATOR_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "simulator/parameters.h"

#define JOURNAL_ENTRIES_MAX 100000
#define JOURNAL_BYTES_MAX (64u << 20)

struct journal_entry {
	const char *method; /* never freed */
	int64_t chat_id;    /* 0: none */
	int64_t message_id; /* of the result; 0: none */
	int64_t time_ms;    /* UTC */
	int error_code;     /* 0: answered with success; -1: no answer (a fault) */
	bool acted_out;     /* false: only checked and answered */
	char *text;         /* what people see: without markup; NULL: none */
	char *remarks;      /* see call_check.h; NULL: none */
	char *parameters;   /* JSON object of texts */
	size_t bytes;
};

struct journal {
	struct journal_entry *ring; /* made at first use */
	uint64_t first, next;       /* indexes of the oldest kept and of the next call */
	size_t bytes;
};

void journal_finish(struct journal *journal);
/* The texts are copied; the parameters are written from `parameters`, files by name and size. */
void journal_add(struct journal *journal, const struct journal_entry *entry, const char *text,
		 const char *remarks, const struct parameters *parameters);
/* NULL when it is no longer or not yet there. */
const struct journal_entry *journal_at(const struct journal *journal, uint64_t index);

#endif
