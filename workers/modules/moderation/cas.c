/* cas.c - the public list of CAS, of accounts that sent spam elsewhere: the whole of it is fetched
 * once a day while a group follows it, and looked up here, so that nobody learns who is where. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "workers/modules/moderation/cas_list.h"
#include "workers/modules/moderation/keep_out.h"

/* A test has another one. */
#ifndef CAS_URL
#define CAS_HOST "api.cas.chat"
#define CAS_URL "https://api.cas.chat/export.csv"
#endif

#define HOUR_S 3600
#define FRESH_S (23 * HOUR_S)
#define KEPT_S (INT64_C(7) * 86400) /* how long the last one counts while none can be had */
#define AT_ONCE_S (50 * 60)
#define BAD_PART 100 /* one in so many lines may be no id */

/* --- where it is kept ------------------------------------------------------------------------- */

/* Lists of their own, so that a change of one part is none of the others. */
static struct holder part_holder(unsigned part)
{
	return (struct holder) { .scope = OF_LIST, .id = 1 + (int64_t)part };
}

#define PART "part"
#define HEAD part_holder(CAS_PARTS)
#define FETCHED "fetched" /* "when how-many" */
#define FAILED "failed"   /* "when why" */

struct head {
	int64_t fetched_s, count;
};

static struct head read_head(const char *text)
{
	struct head head = { 0 };
	char *rest;

	if (!text)
		return head;
	head.fetched_s = strtoll(text, &rest, 10);
	head.count = strtoll(rest, NULL, 10);
	return head;
}

static bool build_head(struct ctx *ctx, struct holder holder, struct derived *out)
{
	struct head head = read_head(store_find(ctx, holder, FETCHED));

	derived_add(out, &head, sizeof(head));
	return true;
}

/* Known by the pool. */
static struct head find_head(struct ctx *ctx)
{
	size_t size;
	const void *head = ctx_derived(ctx, HEAD, "head", build_head, &size);

	return head && size == sizeof(struct head) ? *(const struct head *)head
						   : (struct head) { 0 };
}

static bool build_shard(struct ctx *ctx, struct holder holder, unsigned shard, struct derived *out)
{
	const char *part = store_find(ctx, holder, PART);
	struct buffer numbers = { 0 };
	bool good = !part || cas_unpack(part, shard, &numbers);

	if (good)
		derived_add(out, buffer_unread(&numbers), buffer_unread_size(&numbers));
	buffer_finish(&numbers);
	return good;
}

#define SHARDS(SHARD) SHARD(0) SHARD(1) SHARD(2) SHARD(3) SHARD(4) SHARD(5) SHARD(6) SHARD(7)
#define SHARD_BUILD(n)                                                                          \
	static bool build_shard_##n(struct ctx *ctx, struct holder holder, struct derived *out) \
	{                                                                                       \
		return build_shard(ctx, holder, n, out);                                        \
	}
SHARDS(SHARD_BUILD)

static bool is_listed(struct ctx *ctx, int64_t id)
{
#define SHARD_ROW(n) { "shard" #n, build_shard_##n },
	static const struct {
		const char *name;
		derived_fn *build;
	} shards[CAS_SHARDS] = { SHARDS(SHARD_ROW) };
	const unsigned shard = cas_shard_of(id);
	size_t size;
	const void *numbers = ctx_derived(ctx, part_holder(cas_part_of(id)), shards[shard].name,
					  shards[shard].build, &size);

	return numbers && cas_has(numbers, size, id) &&
	       ctx_now(ctx) - find_head(ctx).fetched_s < KEPT_S;
}

/* --- the rule --------------------------------------------------------------------------------- */

struct cas_options {
	bool on;
	struct action action;
	bool quiet, trial;
};

static bool find(struct ctx *ctx, struct target target, struct kept_out *out)
{
	const struct cas_options *chosen = ctx_options(ctx);

	if (!chosen->on || !target.user || !is_listed(ctx, target.user->id))
		return false;
	*out = (struct kept_out) { .reason = ctx_printf(ctx, "CAS, https://cas.chat/query?u=%lld",
							(long long)target.user->id),
				   .action = chosen->action,
				   .quiet = chosen->quiet,
				   .trial = chosen->trial };
	return true;
}

static enum verdict keep_out(struct ctx *ctx, const struct member_change *change)
{
	return keep_out_member(ctx, change, find);
}

static enum verdict turn_away(struct ctx *ctx, const struct join_request *request)
{
	return keep_out_request(ctx, request, find);
}

static enum verdict check(struct ctx *ctx, const struct message *message)
{
	return keep_out_writer(ctx, message, find);
}

/* --- fetching it ------------------------------------------------------------------------------ */

/* The list that there is counts on; it is asked for again in an hour. */
static enum verdict note_failure(struct ctx *ctx, const char *why)
{
	return store_set(ctx, HEAD, FAILED,
			 ctx_printf(ctx, "%lld %s", (long long)ctx_now(ctx), why))
		       ? DONE
		       : FAIL;
}

/* NULL, or why it cannot be the list. */
static const char *find_fault(struct ctx *ctx, const struct cas_people *people)
{
	struct head head = find_head(ctx);
	int64_t count = (int64_t)people->count;

	if (people->too_many)
		return _("The list is larger than I can keep.");
	if (!people->count || people->bad > people->count / BAD_PART)
		return _("What came is no list of ids.");
	/* One that was cut off would let the others in, one that was forged ban everybody. */
	if (ctx_now(ctx) - head.fetched_s < KEPT_S && count < head.count / 2)
		return _("The list is suddenly less than half as long.");
	if (ctx_now(ctx) - head.fetched_s < KEPT_S && count > 2 * head.count)
		return _("The list is suddenly more than twice as long.");
	return NULL;
}

static bool keep_part(struct ctx *ctx, const struct cas_people *people, unsigned part)
{
	struct buffer text = { 0 };
	bool kept;

	cas_pack(people, part, &text);
	kept = store_set(ctx, part_holder(part), PART, buffer_text(&text));
	buffer_finish(&text);
	return kept;
}

static enum verdict fetch(struct ctx *ctx, const struct job *job)
{
	const struct file *file = ctx_fetch(ctx, 0, CAS_URL);
	const char *text = file_bytes(file), *why;
	const size_t size = (size_t)file_size(file);
	struct cas_people people = { 0 };

	(void)job;
	if (file_error(file)[0])
		return note_failure(ctx, file_error(file));
	people.keys = ctx_alloc(ctx, cas_count_lines(text, size) * sizeof(*people.keys));
	cas_read(text, size, &people);
	why = find_fault(ctx, &people);
	if (why)
		return note_failure(ctx, why);
	for (unsigned part = 0; part < CAS_PARTS; part++)
		if (!keep_part(ctx, &people, part))
			return FAIL;
	job_count(ctx, "people", (int64_t)people.count);
	return store_set(ctx, HEAD, FETCHED,
			 ctx_printf(ctx, "%lld %zu", (long long)ctx_now(ctx), people.count)) &&
			       store_set(ctx, HEAD, FAILED, NULL)
		       ? DONE
		       : FAIL;
}

/* Each group that follows the list looks every hour; one of them has it fetched. */
static enum verdict look(struct ctx *ctx, const struct work *work)
{
	const struct cas_options *chosen = ctx_options(ctx);

	(void)work;
	if (!chosen->on || ctx_now(ctx) - find_head(ctx).fetched_s < FRESH_S ||
	    !brief_claim(ctx, THIS_BOT, "fetching", AT_ONCE_S))
		return ctx_has_failed(ctx) ? FAIL : DONE;
	return ctx_jobf(ctx, "casfetch") ? DONE : FAIL;
}

/* Nobody follows it any more: it need not be kept. */
static enum verdict forget(struct ctx *ctx, const struct work *work)
{
	(void)work;
	if (ctx_count_holders(ctx, OF_CHAT, "on", "on") != 0)
		return ctx_has_failed(ctx) ? FAIL : DONE;
	for (unsigned part = 0; part < CAS_PARTS; part++)
		if (!store_set(ctx, part_holder(part), PART, NULL))
			return FAIL;
	return store_set(ctx, HEAD, FETCHED, NULL) && store_set(ctx, HEAD, FAILED, NULL) ? DONE
											 : FAIL;
}

static enum verdict switched(struct ctx *ctx)
{
	const struct cas_options *chosen = ctx_options(ctx);

	if (chosen->on) {
		ctx_cancel(ctx, "casforget");
		ctx_laterf(ctx, 1, "casfirst");
		return ctx_every(ctx, HOUR_S, "caslook");
	}
	ctx_cancel(ctx, "casfirst");
	ctx_cancel(ctx, "caslook");
	return ctx_laterf(ctx, HOUR_S, "casforget");
}

/* --- what there is ---------------------------------------------------------------------------- */

static enum verdict show(struct ctx *ctx, const struct command *cmd)
{
	struct head head = find_head(ctx);
	const char *failed = store_find(ctx, HEAD, FAILED),
		   *why = failed ? strchr(failed, ' ') : NULL;
	struct draft *draft = ctx_draft(ctx);

	(void)cmd;
	draft_add(draft, "<b>CAS</b> https://cas.chat");
	if (!head.fetched_s) {
		draft_add(draft, "\n%s", _("The list is not here yet."));
	} else {
		draft_add(draft, "\n%s: <b>%lld</b>", _("Accounts"), (long long)head.count);
		draft_add(draft, "\n%s: <tg-time unix=\"%lld\" format=\"Dt\">%lld</tg-time>",
			  _("Fetched"), (long long)head.fetched_s, (long long)head.fetched_s);
	}
	if (why)
		draft_add(draft, "\n%s %s", _("It could not be fetched:"), why + 1);
	if (head.fetched_s && ctx_now(ctx) - head.fetched_s >= KEPT_S)
		draft_add(draft, "\n%s",
			  _("It is too old and counts no more: whom CAS has taken off it would "
			    "stay banned."));
	if (chat_is_group(ctx_find_chat(ctx)) &&
	    !((const struct cas_options *)ctx_options(ctx))->on)
		draft_add(draft, "\n%s", _("This group does not follow it: /set cas.on on"));
	return draft_reply(draft);
}

static const struct field options[] = {
	BOOLEAN_FIELD(struct cas_options, on,
		      N_("act on who is on CAS, a public list of accounts that sent spam"),
		      .preset = "off", .admin = RIGHT_RESTRICT_MEMBERS, .changed = switched),
	ACTION_FIELD(struct cas_options, action, N_("what happens to them"), .preset = "ban",
		     .actions = 1u << ACTION_RESTRICT | 1u << ACTION_MUTE | 1u << ACTION_KICK |
				1u << ACTION_BAN,
		     .admin = RIGHT_RESTRICT_MEMBERS),
	BOOLEAN_FIELD(struct cas_options, quiet, N_("say nothing when that happens"),
		      .preset = "off", .admin = RIGHT_RESTRICT_MEMBERS),
	BOOLEAN_FIELD(struct cas_options, trial, N_("only tell the log what would happen"),
		      .preset = "off", .admin = RIGHT_RESTRICT_MEMBERS),
	END_OF_FIELDS(struct cas_options),
};

static const struct route routes[] = {
	MESSAGE(check, .group = true, .first = 8),
	EDITED(check, .group = true, .first = 8),
	MEMBER(keep_out, .group = true, .first = 8),
	JOIN_REQUEST(turn_away, .first = 8),
	WORK("casfirst", look),
	WORK("caslook", look),
	WORK("casforget", forget),
	JOB("casfetch", fetch),
	COMMAND("cas", show, .admin = RIGHT_ADMIN, .rare = true,
		.help = N_("show how old the public list of spammers is")),
	END_OF_ROUTES,
};

const struct module cas_module = {
	.name = "cas",
	.title = N_("Public list of spammers"),
	.icon = "🧹",
	.about = N_(
		"CAS (https://cas.chat) is a public list of accounts that sent spam in other "
		"groups. "
		"It is fetched once a day and looked up here: nobody learns who is in your group. "
		"While it cannot be fetched the last one counts, for seven days at most. Whom your "
		"administrators unban, add or approve stays all the same."),
	.options = options,
	.routes = routes,
	.hosts = HOSTS(HOST(CAS_HOST)),
	.facts = FACTS(FACT(LET_IN, N_("exceptions from a list of bans"))),
};
