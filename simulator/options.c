#include "simulator/options.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/files.h"
#include "common/xalloc.h"

#define NOT_GIVEN (-1)

static const char help[] =
	"korone-botapi-sim stands in for Telegram: a Bot API server on 127.0.0.1 with people who\n"
	"chat. Point a bot at it with TELEGRAM_API_URL=http://127.0.0.1:PORT and the token below.\n"
	"\n"
	"  --port N           listen on port N; 0 picks a free one (default 8081)\n"
	"  --listen ADDRESS   listen there (IPv4) and not on 127.0.0.1: only for a container's "
	"own\n"
	"                     network, since whoever reaches it may steer it\n"
	"  --port-file PATH   write the port to PATH once it listens\n"
	"  --host NAME        a name besides localhost and 127.0.0.1 under which it is reached;\n"
	"                     may be repeated. Other names are refused, as requests of web pages "
	"are\n"
	"  --token TOKEN      the only token that is accepted (default: made and printed)\n"
	"  --token-file PATH  the token is in this file; one is made and written if there is no "
	"file\n"
	"  --username NAME    the bot's username (default korone_sim_bot)\n"
	"  --delay-ms N       answer every call N ms late, as a distant server would (default 0)\n"
	"  --privacy          privacy mode is on: in groups the bot sees commands, replies to it "
	"and\n"
	"                     service messages, unless it is an administrator\n"
	"  --operators IDS    who the bot's operators are, for the conversations that the page "
	"writes\n"
	"  --without MODULES  modules that the bot runs without, as the page's conversations say "
	"then\n"
	"  --show             print the conversation: \"Friends | Alice: /ping 3\"\n"
	"\n"
	"People write on their own when --people, --rate or --count is given:\n"
	"  --people[=N]       how many (default 200)\n"
	"  --rate N|max       updates a second; max: as fast as the bot takes them (default 2)\n"
	"  --count N          stop after N updates (default: never)\n"
	"  --seed N           same seed, same people, chats and updates (default 1)\n"
	"  --chats N          groups, supergroups, channels (default 20)\n"
	"  --spread zipf|even|turns\n"
	"                     how updates are spread over chats (default zipf: few are busy)\n"
	"  --pings PERCENT    share of \"/ping N\" commands (default 20)\n"
	"  --backlog N        with --rate max: updates kept waiting for the bot (default 2000)\n"
	"\n"
	"Flood limits, answered with 429 and retry_after when they are passed (default none):\n"
	"  --strict           Telegram's: 1 a second to a chat, 20 a minute to a group, 30 a "
	"second\n"
	"                     to all; each of the following changes one of them\n"
	"  --limit-chat N     messages a second to one chat\n"
	"  --limit-group N    messages a minute to one group\n"
	"  --limit-all N      messages a second to all chats\n"
	"\n"
	"  --local DIR        be a local server (telegram-bot-api --local): files are in DIR, "
	"getFile gives\n"
	"                     their paths, uploads may be file:///PATH and of 2000 MB\n"
	"  --methods          list the methods that are acted out and those that are only "
	"answered\n"
	"  --help, --version\n"
	"\n"
	"Tests steer it over HTTP on the same port; GET /control/ lists what there is.\n";

enum option_id {
	OPTION_PORT = 1,
	OPTION_PORT_FILE,
	OPTION_LISTEN,
	OPTION_HOST,
	OPTION_TOKEN,
	OPTION_TOKEN_FILE,
	OPTION_USERNAME,
	OPTION_DELAY,
	OPTION_PRIVACY,
	OPTION_OPERATORS,
	OPTION_WITHOUT,
	OPTION_SHOW,
	OPTION_RATE,
	OPTION_COUNT,
	OPTION_SEED,
	OPTION_CHATS,
	OPTION_PEOPLE,
	OPTION_SPREAD,
	OPTION_PINGS,
	OPTION_BACKLOG,
	OPTION_STRICT,
	OPTION_LIMIT_CHAT,
	OPTION_LIMIT_GROUP,
	OPTION_LIMIT_ALL,
	OPTION_METHODS,
	OPTION_LOCAL,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct option long_options[] = {
	{ "port", required_argument, NULL, OPTION_PORT },
	{ "port-file", required_argument, NULL, OPTION_PORT_FILE },
	{ "listen", required_argument, NULL, OPTION_LISTEN },
	{ "host", required_argument, NULL, OPTION_HOST },
	{ "token", required_argument, NULL, OPTION_TOKEN },
	{ "token-file", required_argument, NULL, OPTION_TOKEN_FILE },
	{ "username", required_argument, NULL, OPTION_USERNAME },
	{ "delay-ms", required_argument, NULL, OPTION_DELAY },
	{ "privacy", no_argument, NULL, OPTION_PRIVACY },
	{ "operators", required_argument, NULL, OPTION_OPERATORS },
	{ "without", required_argument, NULL, OPTION_WITHOUT },
	{ "show", no_argument, NULL, OPTION_SHOW },
	{ "rate", required_argument, NULL, OPTION_RATE },
	{ "count", required_argument, NULL, OPTION_COUNT },
	{ "seed", required_argument, NULL, OPTION_SEED },
	{ "chats", required_argument, NULL, OPTION_CHATS },
	{ "people", optional_argument, NULL, OPTION_PEOPLE },
	{ "spread", required_argument, NULL, OPTION_SPREAD },
	{ "pings", required_argument, NULL, OPTION_PINGS },
	{ "backlog", required_argument, NULL, OPTION_BACKLOG },
	{ "strict", no_argument, NULL, OPTION_STRICT },
	{ "limit-chat", required_argument, NULL, OPTION_LIMIT_CHAT },
	{ "limit-group", required_argument, NULL, OPTION_LIMIT_GROUP },
	{ "limit-all", required_argument, NULL, OPTION_LIMIT_ALL },
	{ "local", required_argument, NULL, OPTION_LOCAL },
	{ "methods", no_argument, NULL, OPTION_METHODS },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ 0 },
};

static _Noreturn void refuse(const char *name, const char *value, const char *allowed)
{
	fprintf(stderr, "korone-botapi-sim: --%s %s: %s\n", name, value, allowed);
	exit(EX_USAGE);
}

static int64_t number(const char *name, const char *value, int64_t minimum, int64_t maximum)
{
	char allowed[96];
	char *end;
	long long result;

	errno = 0;
	result = strtoll(value, &end, 10);
	if (end == value || *end || errno || result < minimum || result > maximum) {
		snprintf(allowed, sizeof(allowed), "must be a number from %lld to %lld",
			 (long long)minimum, (long long)maximum);
		refuse(name, value, allowed);
	}
	return result;
}

static double rate(const char *value)
{
	return !strcmp(value, "max") ? RATE_MAX : (double)number("rate", value, 1, 1000000);
}

bool spread_parse(const char *name, enum spread *out)
{
	static const char *const names[] = { "zipf", "even", "turns" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (!strcmp(name, names[i])) {
			*out = (enum spread)i;
			return true;
		}
	return false;
}

static struct in_addr address(const char *value)
{
	struct in_addr result;

	if (inet_pton(AF_INET, value, &result) != 1)
		refuse("listen", value, "must be an IPv4 address");
	return result;
}

/* "digits:35 characters", as BotFather gives them. */
static void take_token(struct options *options, const char *name, const char *value)
{
	static const char allowed[] = "must be a bot id, ':' and 35 letters, digits, '-' or '_'";
	const char *colon = strchr(value, ':');

	if (!colon || colon == value || colon - value > 16 || strlen(colon + 1) != 35 ||
	    strspn(value, "0123456789") != (size_t)(colon - value) ||
	    strspn(colon + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			      "0123456789-_") != 35)
		refuse(name, "(hidden)", allowed);
	options->bot_id = strtoll(value, NULL, 10);
	strcpy(options->token, value);
	options->made_token = false;
}

/* No token is the same everywhere: a web page would know it. */
static void make_token(struct options *options)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-_";
	unsigned char bytes[35];
	char token[] = "42:...................................";

	if (getentropy(bytes, sizeof(bytes)) != 0) {
		fprintf(stderr, "korone-botapi-sim: no random bytes for a token: %s\n",
			strerror(errno));
		exit(EX_OSERR);
	}
	for (size_t i = 0; i < sizeof(bytes); i++)
		token[3 + i] = letters[bytes[i] % 64];
	take_token(options, "token", token);
	options->made_token = true;
}

static void take_token_file(struct options *options, const char *path)
{
	struct buffer content = { 0 };
	struct why why;
	char *end;

	if (access(path, F_OK) != 0 && errno == ENOENT) {
		make_token(options);
		options->made_token = false;
		if (!file_replace(path, options->token, strlen(options->token), &why))
			refuse("token-file", path, why.text);
		return;
	}
	if (!file_read(path, TOKEN_MAX + 1, &content, &why))
		refuse("token-file", path, why.text);
	buffer_append_byte(&content, '\0');
	end = (char *)buffer_unread(&content) + strcspn((char *)buffer_unread(&content), "\r\n");
	*end = '\0';
	take_token(options, "token-file", (char *)buffer_unread(&content));
	buffer_finish(&content);
}

static void take_crowd(struct crowd_options *crowd, int id, const char *value)
{
	switch (id) {
	case OPTION_RATE:
		crowd->rate = rate(value);
		crowd->on = true;
		break;
	case OPTION_COUNT:
		crowd->count = (uint64_t)number("count", value, 1, 1000000000);
		crowd->on = true;
		break;
	case OPTION_SEED:
		crowd->seed = (uint64_t)number("seed", value, 0, INT64_MAX);
		break;
	case OPTION_CHATS:
		crowd->chats = number("chats", value, 1, 1000000);
		break;
	case OPTION_PEOPLE:
		if (value)
			crowd->people = number("people", value, 1, 1000000);
		crowd->on = true;
		break;
	case OPTION_SPREAD:
		if (!spread_parse(value, &crowd->spread))
			refuse("spread", value, "must be zipf, even or turns");
		break;
	case OPTION_PINGS:
		crowd->ping_percent = number("pings", value, 0, 100);
		break;
	case OPTION_BACKLOG:
		crowd->backlog = number("backlog", value, 1, 100000);
		break;
	}
}

static void take_limits(struct limit_options *limits, int id, const char *value)
{
	switch (id) {
	case OPTION_STRICT:
		limits->strict = true;
		break;
	case OPTION_LIMIT_CHAT:
		limits->per_chat = number("limit-chat", value, 0, 1000000);
		break;
	case OPTION_LIMIT_GROUP:
		limits->per_group = number("limit-group", value, 0, 1000000);
		break;
	case OPTION_LIMIT_ALL:
		limits->per_second = number("limit-all", value, 0, 1000000);
		break;
	}
}

struct limit_options limit_options_strict(void)
{
	return (struct limit_options) {
		.per_chat = 1,
		.per_group = 20,
		.per_second = 30,
		.strict = true,
	};
}

/* Those that were not given are off, or Telegram's. */
static void settle_limits(struct limit_options *limits)
{
	struct limit_options others = { 0 };

	if (limits->strict)
		others = limit_options_strict();
	if (limits->per_chat == NOT_GIVEN)
		limits->per_chat = others.per_chat;
	if (limits->per_group == NOT_GIVEN)
		limits->per_group = others.per_group;
	if (limits->per_second == NOT_GIVEN)
		limits->per_second = others.per_second;
}

static void take(struct options *options, int id, const char *value)
{
	switch (id) {
	case OPTION_PORT:
		options->port = (int)number("port", value, 0, 65535);
		break;
	case OPTION_PORT_FILE:
		options->port_file = value;
		break;
	case OPTION_LISTEN:
		options->listen = address(value);
		if (!host_names_add(&options->hosts, value))
			refuse("listen", value, "is one more name than there may be");
		break;
	case OPTION_TOKEN:
		take_token(options, "token", value);
		break;
	case OPTION_TOKEN_FILE:
		take_token_file(options, value);
		break;
	case OPTION_HOST:
		if (!host_names_add(&options->hosts, value))
			refuse("host", value, "is one more name than there may be");
		break;
	case OPTION_USERNAME:
		options->username = value;
		break;
	case OPTION_DELAY:
		options->delay_ms = number("delay-ms", value, 0, 600000);
		break;
	case OPTION_PRIVACY:
		options->privacy_mode = true;
		break;
	case OPTION_OPERATORS:
		if (value[strspn(value, "0123456789, ")])
			refuse("operators", value, "are ids, with commas between them");
		options->operators = value;
		break;
	case OPTION_WITHOUT:
		if (value[strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789_, ")])
			refuse("without", value, "are names of modules, with commas between them");
		options->without = value;
		break;
	case OPTION_SHOW:
		options->show = true;
		break;
	case OPTION_LOCAL:
		options->local = value;
		break;
	case OPTION_METHODS:
		options->lists_methods = true;
		break;
	case OPTION_HELP:
		fputs(help, stdout);
		exit(EX_OK);
	case OPTION_VERSION:
		puts("korone-botapi-sim " KORONE_VERSION);
		exit(EX_OK);
	default:
		take_crowd(&options->crowd, id, value);
		take_limits(&options->limits, id, value);
	}
}

void options_parse(struct options *out, int argc, char **argv)
{
	int id;

	*out = (struct options) {
		.listen.s_addr = htonl(INADDR_LOOPBACK),
		.port = 8081,
		.username = "korone_sim_bot",
		.operators = "",
		.without = "",
		.crowd = { .seed = 1,
			   .rate = 2,
			   .chats = 20,
			   .people = 200,
			   .spread = SPREAD_ZIPF,
			   .ping_percent = 20,
			   .backlog = 2000 },
		.limits = { .per_chat = NOT_GIVEN,
			    .per_group = NOT_GIVEN,
			    .per_second = NOT_GIVEN },
	};
	make_token(out);
	while ((id = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (id == '?')
			exit(EX_USAGE);
		take(out, id, optarg);
	}
	settle_limits(&out->limits);
	if (optind < argc)
		refuse("", argv[optind], "is not an option; see --help");
}
