/* join_request.c - lets people into a group who have a name, and asks its administrators about
 * others. */
#include "workers/module.h"

#define LET_IN "letin:%lld"

static enum verdict decide(struct ctx *ctx, const struct join_request *request)
{
	struct draft *draft;

	if (request->from->username[0])
		return ctx_queuef(ctx, "approveChatJoinRequest", "{user_id: %lld}",
				  (long long)request->from->id);
	draft = ctx_draft(ctx);
	draft_add(draft, _("<b>%s</b> asks to join."), request->from->first_name);
	draft_button(draft, _("Let in"), LET_IN, (long long)request->from->id);
	return draft_reply(draft);
}

static enum verdict let_in(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	ctx_queuef(ctx, "approveChatJoinRequest", "{user_id: %lld}",
		   (long long)slug_integer(ctx, 0));
	draft_add(draft, _("<b>%s</b> let them in."), button->from->first_name);
	return draft_edit(draft, button);
}

static const struct route routes[] = {
	JOIN_REQUEST(decide),
	BUTTON(LET_IN, let_in, .admin = RIGHT_INVITE_USERS),
	END_OF_ROUTES,
};

const struct module join_request_recipe = { .name = "recipe_join_request", .routes = routes };
