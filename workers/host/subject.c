/* subject.c - what is stored about a person or a group, and what they may do with it. */
#include "workers/host/answer.h"
#include "workers/host/chat_settings.h"
#include "workers/host/later.h"
#include "workers/host/turn.h"

/* Fails for the handler when the update has no such subject. */
static bool find_subject(struct ctx *ctx, enum subject subject, struct holder *out)
{
	const struct user *user = ctx_find_user(ctx);
	const struct chat *chat = ctx_find_chat(ctx);

	if (subject == SUBJECT_PERSON && user) {
		*out = (struct holder) { .scope = OF_PERSON, .id = user->id };
		return true;
	}
	if (subject == SUBJECT_GROUP && chat && chat_is_group(chat)) {
		*out = (struct holder) { .scope = OF_CHAT, .id = chat->id };
		return true;
	}
	ctx_fail(ctx, "the rights of nobody");
	return false;
}

const struct answer *ctx_find_data(struct ctx *ctx, enum subject subject)
{
	const struct host_services *services = &ctx->host->services;
	const struct answer *answer = NULL;
	struct buffer json = { 0 };
	struct holder holder;
	struct why why;

	if (!find_subject(ctx, subject, &holder))
		return NULL;
	if (services->storage->export(services->storage_owner, holder, &json, &why))
		answer = ctx_answer_of(ctx, buffer_text(&json), buffer_unread_size(&json));
	else
		ctx_fail(ctx, "%s", why.text);
	buffer_finish(&json);
	return answer;
}

/* Whether there was an objection before this update withdrew it, in an earlier try. */
static bool find_objection(struct ctx *ctx, struct holder holder, bool *out, struct why *why)
{
	const struct host_services *services = &ctx->host->services;
	const char *before;
	bool made;

	if (!turn_find_before(ctx, holder, REMEMBER_MODULE, REMEMBER_KEY, &made, &before, why))
		return false;
	*out = before != NULL;
	return made || services->storage->has_objected(services->storage_owner, holder, out, why);
}

bool ctx_has_objected(struct ctx *ctx, enum subject subject)
{
	bool objected = false;
	struct holder holder;
	struct why why;

	if (find_subject(ctx, subject, &holder) && !find_objection(ctx, holder, &objected, &why))
		ctx_fail(ctx, "%s", why.text);
	return objected;
}

enum verdict ctx_forget(struct ctx *ctx, enum subject subject)
{
	const struct host_services *services = &ctx->host->services;
	struct holder holder;
	struct why why;

	if (!find_subject(ctx, subject, &holder))
		return FAIL;
	if (!services->storage->forget(services->storage_owner, holder, &why))
		return ctx_fail(ctx, "%s", why.text);
	chat_settings_forget(ctx, holder);
	return later_forget(ctx, subject == SUBJECT_GROUP, holder.id);
}

enum verdict ctx_remember(struct ctx *ctx, enum subject subject)
{
	const struct host_services *services = &ctx->host->services;
	struct holder holder;
	struct mark mark;
	struct why why;

	if (!find_subject(ctx, subject, &holder))
		return FAIL;
	mark = turn_write(ctx, holder, REMEMBER_MODULE, REMEMBER_KEY);
	if (!services->storage->remember(services->storage_owner, &mark, holder, &why))
		return ctx_fail(ctx, "%s", why.text);
	return DONE;
}

enum verdict ctx_count(struct ctx *ctx, struct recorded_counts *out)
{
	const struct host_services *services = &ctx->host->services;
	struct why why;

	if (!services->storage->count(services->storage_owner, out, &why))
		return ctx_fail(ctx, "%s", why.text);
	return DONE;
}
