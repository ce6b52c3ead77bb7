/* rows.c - tries the rows that fit an update: checks their columns, and runs their handlers. */
#include "workers/host/rows.h"

#include <string.h>

#include "common/capture.h"
#include "common/xalloc.h"
#include "workers/host/access.h"
#include "workers/host/ask.h"
#include "workers/host/connection.h"
#include "workers/host/event.h"
#include "workers/host/here.h"
#include "workers/host/press.h"
#include "workers/host/proof.h"

#define LOG_SUBSYSTEM "host"
#include "common/log.h"

static void note(char *out, size_t size, const char *name)
{
	size_t length = strnlen(name, size - 1);

	memcpy(out, name, length);
	out[length] = '\0';
}

void rows_note(struct host *host, const char *module, const char *handler)
{
	log_context_module(module);
	if (!host->slot)
		return;
	note(host->slot->module, sizeof(host->slot->module), module);
	note(host->slot->handler, sizeof(host->slot->handler), handler);
}

/* Whether it looks at what passes by, and nobody called it: a guard, whoever says so, and what
 * people do by other means than writing. */
static bool is_onlooker(const struct ctx *ctx, const struct route *route)
{
	static const enum route_kind onlookers[] = {
		ROUTE_EDITED, ROUTE_POST,         ROUTE_EDITED_POST, ROUTE_SERVICE,
		ROUTE_MEMBER, ROUTE_JOIN_REQUEST, ROUTE_REACTION,
	};

	if (route->first || ctx->only_looks)
		return true;
	for (size_t i = 0; i < COUNT_OF(onlookers); i++)
		if (onlookers[i] == route->kind)
			return !route->step;
	return false;
}

/* An onlooker that cannot read what it needs while the database is away, or has no tables yet, is
 * as if it was not there: what people ask for is answered all the same. */
static bool passes_over(struct ctx *ctx, const struct row *row, size_t calls_before)
{
	if (!ctx->failure.is_reading || !is_onlooker(ctx, row->route))
		return false;
	if (!ctx->settings_away)
		log_warn("going on without what only looks",
			 log_text("handler", row->route->handler),
			 log_text("error", ctx->failure.reason));
	ctx->settings_away = true;
	ctx->failure = (struct failure) { .reason = NULL };
	ctx->calls_count = calls_before;
	return true;
}

enum verdict rows_run_one(struct ctx *ctx, const struct row *row)
{
	const struct host_services *services = &ctx->host->services;
	const size_t calls_before = ctx->calls_count;
	enum verdict verdict;

	ctx->row = row;
	ctx->only_looks = false;
	rows_note(ctx->host, row->module->name, row->route->handler);
	if (services->running)
		services->running(services->owner, row->route);
	verdict = event_deliver(ctx, row);
	rows_note(ctx->host, "host", "host_handle");
	if (ctx->failure.reason && passes_over(ctx, row, calls_before))
		return PASS;
	if (verdict == FAIL && !ctx->failure.reason)
		ctx_fail_at(ctx, "", 0, row->route->handler, "returned FAIL without ctx_fail()");
	return ctx->failure.reason ? FAIL : verdict;
}

/* No row took what names one. */
static void explain_nothing(struct ctx *ctx)
{
	if (ctx->match.kind == ROUTE_BUTTON && ctx_press_waits(ctx))
		ctx_toast(ctx, "%s", _("This button is not for you, or does not work any more."));
	else if (ctx->match.kind == ROUTE_LINK)
		ctx_reply(ctx, "%s", _("This link is not for you, or does not work any more."));
	else if (ctx->match.expected)
		ask_tell_expected(ctx);
}

bool rows_run(struct ctx *ctx)
{
	enum access refusal = ACCESS_GRANTED;

	for (const struct row *const *row = ctx->match.rows; *row;
	     row = match_fit(&ctx->match, row + 1)) {
		enum access access;

		connection_enter(ctx, *row);
		access = access_check(ctx, *row);
		if (access == ACCESS_GRANTED) {
			if (rows_run_one(ctx, *row) != PASS)
				return true;
		} else if ((*row)->route->kind == ctx->match.kind) {
			refusal = access_join(refusal, access);
		}
	}
	if (refusal != ACCESS_ANONYMOUS || !proof_ask(ctx))
		access_explain(ctx, refusal);
	here_return(ctx);
	if (refusal == ACCESS_GRANTED)
		explain_nothing(ctx);
	return false;
}
