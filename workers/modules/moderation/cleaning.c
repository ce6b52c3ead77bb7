/* cleaning.c - takes away what Telegram itself writes into a group, each kind by an option, and the
 * commands that people write to the bot and to others. */
#include <string.h>

#include "workers/module.h"

struct cleaning_options {
	bool joins, leaves, pins, info, calls, topics, boosts, others, unknown;
	const char *commands;
};

static const char *const whose[] = { "off", "members", "all", NULL };
static const char *const whose_labels[] = { N_("nobody's"), N_("of members"), N_("of everybody"),
					    NULL };

#define KIND(member, name)                                                    \
	BOOLEAN_FIELD(struct cleaning_options, member, name, .preset = "off", \
		      .admin = RIGHT_DELETE_MESSAGES)

static const struct field options[] = {
	KIND(joins, N_("delete that somebody joined")),
	KIND(leaves, N_("delete that somebody left")),
	KIND(pins, N_("delete that something was pinned")),
	KIND(info, N_("delete that the title, the picture or a timer was changed")),
	KIND(calls, N_("delete what is said about video chats")),
	KIND(topics, N_("delete that a topic was changed, closed or opened")),
	KIND(boosts, N_("delete what is said about boosts, gifts and giveaways")),
	KIND(others, N_("delete all else that Telegram says")),
	CHOICE_FIELD(struct cleaning_options, commands, N_("delete commands to me"),
		     .choices = whose, .labels = whose_labels, .preset = "off",
		     .admin = RIGHT_DELETE_MESSAGES),
	KIND(unknown, N_("delete commands that I do not have")),
	END_OF_FIELDS(struct cleaning_options),
};

/* Bot API "Message". What says that a group, a supergroup or a topic was made cannot be deleted
 * (Bot API, deleteMessage); what moves a group is followed by the host. */
/* clang-format off */
#define SERVICES(ROW) \
	ROW(boost_added, boosts) ROW(chat_background_set, info) \
	ROW(chat_owner_changed, others) ROW(chat_owner_left, others) \
	ROW(checklist_tasks_added, others) ROW(checklist_tasks_done, others) \
	ROW(delete_chat_photo, info) ROW(forum_topic_closed, topics) \
	ROW(forum_topic_edited, topics) ROW(forum_topic_reopened, topics) \
	ROW(general_forum_topic_hidden, topics) ROW(general_forum_topic_unhidden, topics) \
	ROW(gift, boosts) ROW(giveaway_completed, boosts) ROW(giveaway_created, boosts) \
	ROW(left_chat_member, leaves) ROW(message_auto_delete_timer_changed, info) \
	ROW(new_chat_members, joins) ROW(new_chat_photo, info) ROW(new_chat_title, info) \
	ROW(paid_message_price_changed, others) ROW(pinned_message, pins) \
	ROW(poll_option_added, others) ROW(poll_option_deleted, others) \
	ROW(proximity_alert_triggered, others) ROW(unique_gift, boosts) \
	ROW(video_chat_ended, calls) ROW(video_chat_participants_invited, calls) \
	ROW(video_chat_scheduled, calls) ROW(video_chat_started, calls)
/* clang-format on */

static const struct {
	const char *event;
	size_t option;
} services[] = {
#define SERVICE_OPTION(event, member) { #event, offsetof(struct cleaning_options, member) },
	SERVICES(SERVICE_OPTION)
#undef SERVICE_OPTION
};

static enum verdict clean_service(struct ctx *ctx, const struct service_message *service)
{
	const char *chosen = ctx_options(ctx);

	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (strcmp(services[i].event, service->event) == 0 &&
		    *(const bool *)(const void *)(chosen + services[i].option))
			ctx_delete(ctx, service->message_id);
	return PASS;
}

/* --- commands --------------------------------------------------------------------------------- */

static bool is_own(struct ctx *ctx, const struct message *message)
{
	return ctx_find_command(
		ctx, ctx_printf(ctx, "%.*s", (int)strcspn(message->text, " \n\t"), message->text));
}

static bool is_by_administrator(struct ctx *ctx, const struct message *message)
{
	struct target author = message_author(message);

	if (author.channel)
		return author.channel->id == message->chat->id;
	return author.user && ctx_rights(ctx, author.user->id);
}

/* It is handled all the same, and answered without being replied to. */
static enum verdict clean_command(struct ctx *ctx, const struct message *message)
{
	const struct cleaning_options *chosen = ctx_options(ctx);
	bool all = chosen->commands[0] == 'a', of_members = chosen->commands[0] == 'm';

	if (!all && !of_members && !chosen->unknown)
		return PASS;
	if (!is_own(ctx, message)) {
		if (chosen->unknown)
			ctx_delete(ctx, message->id);
	} else if (all || (of_members && !is_by_administrator(ctx, message))) {
		ctx_delete(ctx, message->id);
	}
	return PASS;
}

static const struct route routes[] = {
#define SERVICE_ROUTE(event, member) SERVICE(#event, clean_service, .group = true, .first = 90),
	SERVICES(SERVICE_ROUTE)
#undef SERVICE_ROUTE
		MESSAGE(clean_command, .group = true, .contents = CONTENT_COMMAND, .first = 90),
	END_OF_ROUTES,
};

const struct module cleaning_module = {
	.name = "cleaning",
	.title = N_("Cleaning up"),
	.icon = "🧽",
	.about = N_("I take away what Telegram itself writes here (who joined, what was pinned, "
		    "video chats …) and commands, as /settings says. That a group or a topic was "
		    "made nobody can delete."),
	.options = options,
	.routes = routes,
};
