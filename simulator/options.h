/* options.h - the command line of korone-botapi-sim. */
#ifndef SIMULATOR_OPTIONS_H
#define SIMULATOR_OPTIONS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/web/origin.h"

#define TOKEN_MAX 80u /* bytes */
#define RATE_MAX 0    /* as fast as the bot takes them */

/* How updates are spread over chats. */
enum spread {
	SPREAD_ZIPF, /* few are busy */
	SPREAD_EVEN, /* any is as likely */
	SPREAD_TURNS /* one after the other */
};

/* False when there is no spread of that name. */
bool spread_parse(const char *name, enum spread *out);

struct crowd_options {
	bool on;
	uint64_t seed;
	double rate;    /* updates a second; RATE_MAX */
	uint64_t count; /* then stop; 0: never */
	int64_t chats;
	int64_t people;
	enum spread spread;
	int64_t ping_percent;
	int64_t backlog; /* with RATE_MAX: updates kept waiting for the bot */
};

struct limit_options {
	int64_t per_chat;   /* messages a second to one chat; 0: no limit */
	int64_t per_group;  /* messages a minute to one group */
	int64_t per_second; /* messages a second to all chats */
	bool strict;        /* those that were not given are Telegram's */
};

struct options {
	struct in_addr listen;
	int port;
	const char *port_file; /* NULL: none */
	struct host_names hosts;
	char token[TOKEN_MAX + 1];
	bool made_token;       /* nobody gave one: who starts the program must be told */
	int64_t bot_id;        /* from the token */
	const char *username;  /* of the bot */
	const char *operators; /* their ids, with commas; "": unknown */
	const char *without;   /* modules, with commas */
	int64_t delay_ms;
	bool show;
	const char *local; /* folder of a local server's files; NULL: it is the cloud */
	bool privacy_mode;
	bool lists_methods; /* --methods: instead of all else */
	struct crowd_options crowd;
	struct limit_options limits;
};

/* Telegram's own limits: core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this */
struct limit_options limit_options_strict(void);
/* Exits for --help, --version and, with 64, on a wrong option. */
void options_parse(struct options *out, int argc, char **argv);

#endif
