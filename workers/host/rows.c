/* rows.c - tries the rows that fit an update: checks their columns, and runs their handlers. */
#include "workers/host/rows.h"

#include <string.h>

#include "common/capture.h"
#include "common/log.h"
#include "workers/host/access.h"
#include "workers/host/ask.h"
#include "workers/host/connection.h"
#include "workers/host/event.h"
#include "workers/host/here.h"
#include "workers/host/press.h"
#include "workers/host/proof.h"

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

enum verdict rows_run_one(struct ctx *ctx, const struct row *row)
{
	const struct host_services *services = &ctx->host->services;
	enum verdict verdict;

	ctx->row = row;
	rows_note(ctx->host, row->module->name, row->route->handler);
	if (services->running)
		services->running(services->owner, row->route);
	verdict = event_deliver(ctx, row);
	rows_note(ctx->host, "host", "host_handle");
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
