/* postgres.c - libpq without blocking calls: sending and receiving are interleaved, so that a
 * pipeline cannot deadlock on two full socket buffers. */
#include "common/database/postgres.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/xalloc.h"

#define CONNECT_TIMEOUT_MS 5000

struct postgres {
	PGconn *connection;
	int stop_fd;
	uint64_t patience_ms;
};

/* struct postgres_result is our name for libpq's PGresult. */
static PGresult *unwrap(const struct postgres_result *result)
{
	return (PGresult *)(uintptr_t)result;
}

static struct postgres_result *wrap(PGresult *result)
{
	return (struct postgres_result *)result;
}

/* --- errors --- */

static void set_text(struct postgres_error *error, const char *text)
{
	char line[4096];

	/* The cause is at its end, behind the name of the server. */
	log_redact_copy(line, sizeof(line), text, strcspn(text, "\n"));
	why_fit(error->text, sizeof(error->text), line);
}

static bool fail_connection(struct postgres *postgres, struct postgres_error *error)
{
	const char *text = PQerrorMessage(postgres->connection);

	*error = (struct postgres_error) { .fault = POSTGRES_LOST };
	set_text(error, *text ? text : "the connection was lost");
	return false;
}

static bool fail_plain(struct postgres_error *error, enum postgres_fault fault, const char *text)
{
	*error = (struct postgres_error) { .fault = fault };
	set_text(error, text);
	return false;
}

/* The kind of failure that a SQLSTATE stands for (PostgreSQL documentation, appendix A). */
static enum postgres_fault fault_of(const char *sqlstate)
{
	static const struct {
		const char *prefix;
		enum postgres_fault fault;
	} faults[] = {
		{ "22", POSTGRES_DATA },    /* data exception */
		{ "23", POSTGRES_DATA },    /* integrity constraint violation */
		{ "54", POSTGRES_DATA },    /* program limit exceeded */
		{ "P0", POSTGRES_DATA },    /* raised by an operator's trigger */
		{ "08", POSTGRES_LOST },    /* connection exception */
		{ "57P", POSTGRES_LOST },   /* shutdown, crash, cannot connect now, idle session */
		{ "25P03", POSTGRES_LOST }, /* idle in transaction */
		{ "25006", POSTGRES_LOST }, /* read-only: another server may be the writable one */
		{ "28", POSTGRES_REFUSED }, /* login */
		{ "3D", POSTGRES_REFUSED }, /* no such database */
	};

	for (size_t i = 0; i < COUNT_OF(faults); i++)
		if (!strncmp(sqlstate, faults[i].prefix, strlen(faults[i].prefix)))
			return faults[i].fault;
	return POSTGRES_TROUBLE;
}

static bool fail_result(struct postgres *postgres, const PGresult *result,
			struct postgres_error *error)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	char whole[4096];

	if (!sqlstate)
		return fail_connection(postgres, error);
	error->fault = fault_of(sqlstate);
	if (PQstatus(postgres->connection) != CONNECTION_OK)
		error->fault = POSTGRES_LOST;
	snprintf(error->sqlstate, sizeof(error->sqlstate), "%s", sqlstate);
	/* Messages about data quote it. */
	snprintf(whole, sizeof(whole), "SQLSTATE %s%s%s", sqlstate,
		 error->fault == POSTGRES_DATA ? "" : ": ",
		 error->fault == POSTGRES_DATA || !text ? "" : text);
	log_redact_copy(error->text, sizeof(error->text), whole, strlen(whole));
	return false;
}

/* --- waiting --- */

static bool wait_socket(struct postgres *postgres, short events, uint64_t deadline_ms,
			struct postgres_error *error)
{
	struct pollfd fds[] = {
		{ .fd = PQsocket(postgres->connection), .events = events },
		{ .fd = postgres->stop_fd, .events = POLLIN },
	};
	uint64_t now = clock_boot_ms();
	int ready = 0;

	if (now < deadline_ms)
		ready = poll(fds, 2, (int)(deadline_ms - now));
	if (ready < 0 && errno == EINTR)
		return true;
	if (ready <= 0)
		return fail_plain(error, POSTGRES_LOST, "no answer in time");
	if (fds[1].revents)
		return fail_plain(error, POSTGRES_STOPPED, "stopped");
	return true;
}

/* The next result, or NULL in *out at the end of a command. */
static bool next_result(struct postgres *postgres, uint64_t deadline_ms, PGresult **out,
			struct postgres_error *error)
{
	PGconn *connection = postgres->connection;

	for (;;) {
		int unsent = PQflush(connection);

		if (unsent < 0)
			return fail_connection(postgres, error);
		if (!PQisBusy(connection))
			break;
		if (!wait_socket(postgres, (short)(POLLIN | (unsent ? POLLOUT : 0)), deadline_ms,
				 error))
			return false;
		if (!PQconsumeInput(connection))
			return fail_connection(postgres, error);
	}
	*out = PQgetResult(connection);
	return true;
}

/* Waits for all results of a command and returns the last one; the first error counts. */
static bool collect(struct postgres *postgres, PGresult **out, struct postgres_error *error)
{
	uint64_t deadline_ms = clock_boot_ms() + postgres->patience_ms;
	struct postgres_error lost;
	PGresult *result;
	bool good = true;

	*out = NULL;
	for (;;) {
		if (!next_result(postgres, deadline_ms, &result, &lost)) {
			if (good)
				*error = lost;
			good = false;
			break;
		}
		if (!result)
			break;
		if (good && PQresultStatus(result) != PGRES_COMMAND_OK &&
		    PQresultStatus(result) != PGRES_TUPLES_OK)
			good = fail_result(postgres, result, error);
		PQclear(*out);
		*out = result;
	}
	if (good)
		return true;
	PQclear(*out);
	*out = NULL;
	return false;
}

/* --- connecting --- */

bool postgres_url_is_valid(const char *url)
{
	PQconninfoOption *options;
	bool is_url = strchr(url, '=') || strstr(url, "://");

	options = is_url ? PQconninfoParse(url, NULL) : NULL;
	PQconninfoFree(options);
	return options != NULL;
}

/* --- what it opens --- */

#define POSTGRES_PORT 5432 /* unless libpq was built with another */

static const char *value_of(const PQconninfoOption *options, const char *keyword)
{
	for (; options && options->keyword; options++)
		if (!strcmp(options->keyword, keyword))
			return options->val;
	return NULL;
}

/* What the URL says, else the environment. NULL: neither. */
static char *setting_of(const char *url, const char *keyword)
{
	PQconninfoOption *given = PQconninfoParse(url, NULL), *defaults = PQconndefaults();
	const char *value = value_of(given, keyword);
	char *copy;

	if (!value)
		value = value_of(defaults, keyword);
	copy = value && value[0] ? xstrdup(value) : NULL;
	PQconninfoFree(given);
	PQconninfoFree(defaults);
	return copy;
}

static void list_home(const char *home, void (*fn)(void *owner, const char *path), void *owner)
{
	/* libpq's documentation, 34.16, 34.17 and 34.19. */
	static const char *const names[] = { ".pgpass", ".pg_service.conf", ".postgresql" };

	for (size_t i = 0; home && i < COUNT_OF(names); i++) {
		char *path = xasprintf("%s/%s", home, names[i]);

		fn(owner, path);
		free(path);
	}
}

void postgres_list_files(const char *url, void (*fn)(void *owner, const char *path), void *owner)
{
	static const char *const keywords[] = { "sslrootcert", "sslcert",   "sslkey",
						"sslcrl",      "sslcrldir", "passfile" };
	const struct passwd *user = getpwuid(getuid());

	for (size_t i = 0; i < COUNT_OF(keywords); i++) {
		char *path = setting_of(url, keywords[i]);

		if (path)
			fn(owner, path);
		free(path);
	}
	if (getenv("PGSERVICEFILE"))
		fn(owner, getenv("PGSERVICEFILE"));
	list_home(getenv("HOME"), fn, owner);
	list_home(user ? user->pw_dir : NULL, fn, owner);
}

/* "a,/run/b": whether any is reached over TCP (libpq's documentation, 34.1.1.3). */
static bool any_over_tcp(const char *hosts)
{
	while (*hosts) {
		size_t length = strcspn(hosts, ",");

		if (length && hosts[0] != '/' && hosts[0] != '@')
			return true;
		hosts += length;
		hosts += *hosts == ',';
	}
	return false;
}

static void list_ports(const char *ports, void (*fn)(void *owner, uint16_t port), void *owner)
{
	for (;;) {
		long port = strtol(ports, NULL, 10);

		/* An empty one is the default. */
		fn(owner, port > 0 && port <= UINT16_MAX ? (uint16_t)port : POSTGRES_PORT);
		ports = strchr(ports, ',');
		if (!ports)
			return;
		ports++;
	}
}

bool postgres_list_ports(const char *url, void (*fn)(void *owner, uint16_t port), void *owner)
{
	char *service = setting_of(url, "service"), *hosts = setting_of(url, "host");
	char *address = setting_of(url, "hostaddr"), *ports = setting_of(url, "port");
	const bool known = !service;

	if (known && (address || (hosts && any_over_tcp(hosts))))
		list_ports(ports ? ports : "", fn, owner);
	free(service);
	free(hosts);
	free(address);
	free(ports);
	return known;
}

bool postgres_is_abstract(const char *url)
{
	char *host = setting_of(url, "host");
	bool is_abstract = host && host[0] == '@';

	free(host);
	return is_abstract;
}

/* Notices are in the server's log; ours has what matters. */
static void ignore_notice(void *owner, const PGresult *result)
{
	(void)owner;
	(void)result;
}

/* For a refused connection libpq gives the SQLSTATE only in its verbose text: "FATAL:  28P01: …".
 */
static bool fail_connect(struct postgres *postgres, struct postgres_error *error)
{
	const char *text = PQerrorMessage(postgres->connection), *at;

	fail_connection(postgres, error);
	if (PQconnectionNeedsPassword(postgres->connection))
		error->fault = POSTGRES_REFUSED;
	at = strstr(text, ":  ");
	if (!at || strcspn(at + 3, ": \n") != 5)
		return false;
	snprintf(error->sqlstate, sizeof(error->sqlstate), "%.5s", at + 3);
	if (fault_of(error->sqlstate) == POSTGRES_REFUSED)
		error->fault = POSTGRES_REFUSED;
	return false;
}

static bool finish_connecting(struct postgres *postgres, struct postgres_error *error)
{
	uint64_t deadline_ms = clock_boot_ms() + CONNECT_TIMEOUT_MS;
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;

	while (status != PGRES_POLLING_OK) {
		if (status == PGRES_POLLING_FAILED)
			return fail_connect(postgres, error);
		if (!wait_socket(postgres, status == PGRES_POLLING_READING ? POLLIN : POLLOUT,
				 deadline_ms, error))
			return false;
		status = PQconnectPoll(postgres->connection);
	}
	return true;
}

struct postgres *postgres_connect(const char *url, const char *application, int stop_fd,
				  struct postgres_error *error)
{
	/* Entries before dbname are defaults that the URL may override. A peer that vanished is
	 * noticed within seconds, on both sides (for the server's side see writer.c). */
	static const char *const names[] = { "application_name",    "keepalives_idle",
					     "keepalives_interval", "keepalives_count",
					     "tcp_user_timeout",    "dbname",
					     "client_encoding",     NULL };
	const char *const values[] = { application, "5", "2", "3", "10000", url, "UTF8", NULL };
	struct postgres *postgres = xmalloc(sizeof(*postgres));

	postgres->stop_fd = stop_fd;
	postgres->patience_ms = POSTGRES_PATIENCE_MS;
	postgres->connection = PQconnectStartParams(names, values, 1);
	if (!postgres->connection)
		panic("out of memory");
	PQsetErrorVerbosity(postgres->connection, PQERRORS_VERBOSE);
	PQsetNoticeReceiver(postgres->connection, ignore_notice, NULL);
	if (PQstatus(postgres->connection) == CONNECTION_BAD)
		fail_connect(postgres, error);
	else if (finish_connecting(postgres, error) &&
		 PQsetnonblocking(postgres->connection, 1) == 0)
		return postgres;
	postgres_close(postgres);
	return NULL;
}

void postgres_close(struct postgres *postgres)
{
	if (!postgres)
		return;
	PQfinish(postgres->connection);
	free(postgres);
}

void postgres_set_patience(struct postgres *postgres, uint64_t patience_ms)
{
	postgres->patience_ms = patience_ms;
}

/* --- poolers --- */

#define SHARING_LOOKS 3

static bool backend_pid(struct postgres *postgres, int *out, struct postgres_error *error)
{
	struct postgres_result *result = postgres_query(postgres, "SELECT pg_backend_pid()", NULL,
							0, error);

	if (!result)
		return false;
	*out = atoi(postgres_field(result, 0, 0));
	postgres_result_free(result);
	return true;
}

/* Two connections that are open at once have the same server process only if it is shared; and so
 * has one whose process changes. */
static bool look_for_sharing(struct postgres *postgres, struct postgres *other, int before,
			     bool *shares, struct postgres_error *error)
{
	for (int i = 0; i < SHARING_LOOKS && !*shares; i++) {
		int own, others;

		if (!backend_pid(other, &others, error) || !backend_pid(postgres, &own, error))
			return false;
		*shares = own == others || own != before;
	}
	return true;
}

bool postgres_shares_sessions(struct postgres *postgres, const char *url, bool *shares,
			      struct postgres_error *error)
{
	struct postgres *other;
	int pid;
	bool good;

	*shares = false;
	if (!backend_pid(postgres, &pid, error))
		return false;
	/* A pooler gives its clients process ids of its own. */
	if (pid == PQbackendPID(postgres->connection))
		return true;
	other = postgres_connect(url, "korone-look", postgres->stop_fd, error);
	good = other && look_for_sharing(postgres, other, pid, shares, error);
	postgres_close(other);
	return good;
}

/* --- statements --- */

bool postgres_run(struct postgres *postgres, const char *sql, struct postgres_error *error)
{
	PGresult *result;
	bool good;

	if (!PQsendQuery(postgres->connection, sql))
		return fail_connection(postgres, error);
	good = collect(postgres, &result, error);
	PQclear(result);
	return good;
}

#define VALUES_MAX 16

static bool send_step(struct postgres *postgres, const struct postgres_step *step)
{
	const char *data[VALUES_MAX];
	int sizes[VALUES_MAX], formats[VALUES_MAX];

	if (step->values_count > VALUES_MAX)
		panic("%d parameters", step->values_count);
	for (int i = 0; i < step->values_count; i++) {
		data[i] = step->values[i].data;
		sizes[i] = step->values[i].size;
		formats[i] = step->values[i].binary;
	}
	if (step->name)
		return PQsendQueryPrepared(postgres->connection, step->name, step->values_count,
					   data, sizes, formats, 0);
	return PQsendQueryParams(postgres->connection, step->sql, step->values_count, NULL, data,
				 sizes, formats, 0);
}

struct postgres_result *postgres_query(struct postgres *postgres, const char *sql,
				       const struct postgres_value *values, int values_count,
				       struct postgres_error *error)
{
	struct postgres_step step = { .sql = sql, .values = values, .values_count = values_count };
	PGresult *result;

	if (!send_step(postgres, &step)) {
		fail_connection(postgres, error);
		return NULL;
	}
	return collect(postgres, &result, error) ? wrap(result) : NULL;
}

bool postgres_prepare(struct postgres *postgres, const char *name, const char *sql,
		      struct postgres_error *error)
{
	PGresult *result;
	bool good;

	if (!PQsendPrepare(postgres->connection, name, sql, 0, NULL))
		return fail_connection(postgres, error);
	good = collect(postgres, &result, error);
	PQclear(result);
	return good;
}

/* --- transactions --- */

static bool send_transaction(struct postgres *postgres, const struct postgres_step *steps,
			     size_t count, struct postgres_error *error)
{
	static const struct postgres_step begin = { .sql = "BEGIN" }, commit = { .sql = "COMMIT" };
	bool good = PQenterPipelineMode(postgres->connection) && send_step(postgres, &begin);

	for (size_t i = 0; good && i < count; i++)
		good = send_step(postgres, &steps[i]);
	good = good && send_step(postgres, &commit) && PQpipelineSync(postgres->connection);
	return good || fail_connection(postgres, error);
}

/* One result of the pipeline; stored in `keep` if it is good. */
static void take_result(struct postgres *postgres, PGresult *result, struct postgres_result **keep,
			bool *failed, struct postgres_error *error)
{
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
		if (keep) {
			*keep = wrap(result);
			return;
		}
	} else if (!*failed && status != PGRES_PIPELINE_ABORTED) {
		/* After the first error, statements are only skipped. */
		*failed = true;
		fail_result(postgres, result, error);
	}
	PQclear(result);
}

/* BEGIN, steps, COMMIT: each gives one result and a NULL; then comes the sync. */
static bool receive_transaction(struct postgres *postgres, struct postgres_step *steps,
				size_t count, struct postgres_error *error)
{
	uint64_t deadline_ms = clock_boot_ms() + postgres->patience_ms;
	size_t done = 0;
	bool failed = false;

	for (;;) {
		struct postgres_result **keep = NULL;
		struct postgres_error lost;
		PGresult *result;

		if (!next_result(postgres, deadline_ms, &result, &lost)) {
			/* Never part of an answer: whether it was committed is unknown. */
			*error = lost;
			return false;
		}
		if (!result) {
			if (PQstatus(postgres->connection) != CONNECTION_OK)
				return fail_connection(postgres, error);
			done++;
			continue;
		}
		if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
			PQclear(result);
			return !failed;
		}
		if (done >= 1 && done <= count)
			keep = &steps[done - 1].result;
		take_result(postgres, result, keep, &failed, error);
		if (failed && error->fault == POSTGRES_LOST)
			return false;
	}
}

/* Until the server has all of it: it starts executing only with the last byte of a statement's
 * values. */
static bool flush_all(struct postgres *postgres, struct postgres_error *error)
{
	uint64_t deadline_ms = clock_boot_ms() + postgres->patience_ms;
	int unsent;

	while ((unsent = PQflush(postgres->connection)) > 0) {
		if (!wait_socket(postgres, POLLIN | POLLOUT, deadline_ms, error))
			return false;
		if (!PQconsumeInput(postgres->connection))
			return fail_connection(postgres, error);
	}
	return unsent == 0 || fail_connection(postgres, error);
}

bool postgres_transaction_send(struct postgres *postgres, const struct postgres_step *steps,
			       size_t count, struct postgres_error *error)
{
	return send_transaction(postgres, steps, count, error) && flush_all(postgres, error);
}

bool postgres_transaction_receive(struct postgres *postgres, struct postgres_step *steps,
				  size_t count, struct postgres_error *error)
{
	bool good;

	for (size_t i = 0; i < count; i++)
		steps[i].result = NULL;
	good = receive_transaction(postgres, steps, count, error);
	if (!good && (error->fault == POSTGRES_LOST || error->fault == POSTGRES_STOPPED))
		return false;
	if (!PQexitPipelineMode(postgres->connection))
		return fail_connection(postgres, error);
	if (PQtransactionStatus(postgres->connection) != PQTRANS_IDLE) {
		struct postgres_error lost;

		if (!postgres_run(postgres, "ROLLBACK", &lost)) {
			*error = lost;
			return false;
		}
	}
	return good;
}

/* --- results --- */

int postgres_rows(const struct postgres_result *result)
{
	return PQntuples(unwrap(result));
}

const char *postgres_field(const struct postgres_result *result, int row, int column)
{
	PGresult *rows = unwrap(result);

	if (row >= PQntuples(rows) || PQgetisnull(rows, row, column))
		return NULL;
	return PQgetvalue(rows, row, column);
}

size_t postgres_affected(const struct postgres_result *result)
{
	return strtoull(PQcmdTuples(unwrap(result)), NULL, 10);
}

void postgres_result_free(struct postgres_result *result)
{
	PQclear(unwrap(result));
}
