/* feds_file.c - the list of bans as a file, and such a file, also of another bot, put on the list:
 * shown first, done as a job, and taken back as a whole. */
#include <string.h>
#include <time.h>

#include "common/buffer.h"
#include "common/json.h"
#include "workers/modules/moderation/feds.h"
#include "workers/modules/moderation/feds_reader.h"
#include "workers/modules/moderation/reasons.h"

#define PEOPLE_A_STEP 5000
#define KEPT_S 3600
#define FILE_TRIES 5
#define FILE_TRY_S 30
#define FILE_BYTES_MAX (20 << 20)

/* --- out -------------------------------------------------------------------------------------- */

static void add_row(struct buffer *out, bool as_json, size_t nth, const struct fact *ban,
		    const char *reason)
{
	struct json json = json_start(out);

	if (!as_json) {
		buffer_printf(out, "%lld,", (long long)ban->person);
		reason_add_csv(out, reason);
		buffer_append_text(out, "\n");
		return;
	}
	buffer_append_text(out, nth ? ",\n" : "\n");
	json_object_start(&json);
	json_key_int(&json, "user_id", ban->person);
	if (reason[0])
		json_key_text(&json, "reason", reason);
	json_object_end(&json);
}

static void write_rows(struct ctx *ctx, int64_t fed, bool as_json, struct buffer *out)
{
	const struct reasons *reasons = reasons_load(ctx, fed_list(fed));
	struct fact next = { 0 };
	size_t count = 0;

	buffer_append_text(out, as_json ? "[" : "user_id,reason\n");
	while (fact_each(ctx, fed_list(fed), FED_BAN, &next))
		add_row(out, as_json, count++, &next, reasons_find(reasons, next.number));
	if (as_json)
		buffer_append_text(out, "\n]\n");
}

/* For whoever administers it: others need not know who is on it. */
enum verdict fed_export(struct ctx *ctx, const struct command *cmd)
{
	const struct fed_values *values = cmd->values;
	bool as_json = strcmp(values->format, "json") == 0;
	int64_t fed = fed_take(ctx);
	struct draft *draft = ctx_draft(ctx);
	struct buffer rows = { 0 };
	const char *why;
	struct file *file;

	if (!fed)
		return fed_none(ctx);
	why = fed_refusal(ctx, fed);
	if (why)
		return ctx_reply(ctx, "%s", why);
	write_rows(ctx, fed, as_json, &rows);
	file = file_made(ctx, as_json ? "bans.json" : "bans.csv");
	file_add_bytes(file, buffer_unread(&rows), buffer_unread_size(&rows));
	buffer_finish(&rows);
	draft_to(draft, cmd->from->id, 0);
	draft_media(draft, "document", NULL, file);
	draft_add(draft, "%s", fed_name(ctx, fed));
	if (draft_reply(draft) != DONE)
		return FAIL;
	return chat_is_group(cmd->chat) ? ctx_reply(ctx, _("I sent it to you in our private chat."))
					: DONE;
}

/* --- what a file holds ------------------------------------------------------------------------ */

static const struct media *document_of(const struct message *message)
{
	bool is_document = message && message->media &&
			   strcmp(message->media->kind, "document") == 0;

	return is_document ? message->media : NULL;
}

static bool is_there(const int64_t *ids, size_t count, int64_t id)
{
	size_t i = 0;

	while (i < count && ids[i] != id)
		i++;
	return i < count;
}

/* The owner and the administrators, read at once: asking for each of so many would not do. */
static size_t list_admins(struct ctx *ctx, int64_t fed, int64_t *ids, size_t max)
{
	static const char *const ranks[] = { FED_OWNER, FED_ADMIN };
	size_t count = 0;

	for (size_t i = 0; i < 2; i++) {
		struct fact next = { 0 };

		while (count < max && fact_each(ctx, fed_list(fed), ranks[i], &next))
			ids[count++] = next.person;
	}
	return count;
}

/* An import must not ban those who could take it back. */
static void leave_out_admins(struct ctx *ctx, int64_t fed, struct fed_people *people)
{
	int64_t admins[1 + FED_ADMINS_MAX];
	size_t kept = 0, count = list_admins(ctx, fed, admins, 1 + FED_ADMINS_MAX);

	for (size_t i = 0; i < people->count; i++) {
		const struct user person = { .id = people->ids[i] };

		if (user_is_stand_in(&person))
			people->skipped[FED_SKIP_NO_PERSON]++;
		else if (is_there(admins, count, person.id))
			people->skipped[FED_SKIP_ADMIN]++;
		else
			people->ids[kept++] = people->ids[i];
	}
	people->count = kept;
}

/* NULL, or why it cannot be used, for people. */
static const char *read_file(struct ctx *ctx, int64_t fed, const struct file *file,
			     struct fed_people *out)
{
	*out = (struct fed_people) { .ids = ctx_alloc(ctx, FED_PEOPLE_MAX * sizeof(*out->ids)) };
	if (file_error(file)[0])
		return file_error(file);
	if (file_size(file) > FILE_BYTES_MAX)
		return _("That file is too large.");
	fed_read(file_bytes(file), (size_t)file_size(file), out);
	if (out->broken)
		return _("That is no JSON, or it ends too early.");
	if (out->too_many)
		return ctx_printf(ctx, _("These are more than %d people. Please divide the list."),
				  FED_PEOPLE_MAX);
	leave_out_admins(ctx, fed, out);
	return out->count ? NULL : _("There is no id of a person in it whom I could ban.");
}

static void add_skipped(struct ctx *ctx, struct draft *draft, const struct fed_people *people)
{
	static const char *const labels[FED_SKIPS] = {
		[FED_SKIP_NO_ID] = N_("without an id:"),
		[FED_SKIP_NO_PERSON] = N_("an id that nobody can have:"),
		[FED_SKIP_TWICE] = N_("there twice:"),
		[FED_SKIP_ADMIN] = N_("administrators of the federation:"),
	};
	bool begun = false;

	for (size_t i = 0; i < FED_SKIPS; i++) {
		if (!people->skipped[i])
			continue;
		if (!begun)
			draft_add(draft, "\n<b>%s</b>", _("Left out"));
		begun = true;
		draft_add(draft, "\n• %s %zu", ctx_translate(ctx, labels[i]), people->skipped[i]);
	}
}

/* --- in: what it would be --------------------------------------------------------------------- */

static const char *key_of(struct ctx *ctx, int64_t message_id)
{
	return ctx_printf(ctx, "import/%lld", (long long)message_id);
}

static enum verdict show_offer(struct ctx *ctx, const struct command *cmd, int64_t fed,
			       const struct media *media, const struct fed_people *people)
{
	const char *name = media->name[0] ? media->name : _("a list");
	struct draft *draft = ctx_draft(ctx);

	if (!brief_set(ctx, THIS_CHAT, key_of(ctx, cmd->message_id),
		       ctx_printf(ctx, "%s %s", media->file_id, name), KEPT_S))
		return ctx_reply(ctx, _("I cannot note that right now. Please try again."));
	draft_add(draft, "<b>%s</b>\n", name);
	draft_add(draft, _("People: %zu"), people->count);
	add_skipped(ctx, draft, people);
	draft_add(draft, "\n\n");
	draft_add(draft,
		  _("Shall the federation <b>%s</b> ban them all? Whoever of them writes in one of "
		    "its groups, or joins one, is banned there then. Only the ids are taken "
		    "over: no names and no reasons."),
		  fed_name(ctx, fed));
	draft_button(draft, _("Ban them"), "fedimport:%lld:%lld", (long long)fed,
		     (long long)cmd->message_id);
	draft_button(draft, _("No"), "fednoimport:%lld", (long long)cmd->message_id);
	return draft_reply(draft);
}

enum verdict fed_offer_import(struct ctx *ctx, const struct command *cmd)
{
	const struct message *message = ctx_find_message(ctx);
	const struct media *media = document_of(message);
	int64_t fed = fed_take_own(ctx);
	struct fed_people people;
	const char *why;

	if (!fed)
		return fed_none(ctx);
	if (!media)
		media = document_of(message->reply);
	if (!media)
		return ctx_reply(ctx, "%s", _("Send the file with this command, or reply to it."));
	why = media->size > FILE_BYTES_MAX
		      ? _("That file is too large.")
		      : read_file(ctx, fed, ctx_file(ctx, media->file_id), &people);
	if (ctx_has_failed(ctx))
		return FAIL;
	if (why)
		return ctx_reply(ctx, "%s\n\n%s", why, _("Nothing was changed."));
	return show_offer(ctx, cmd, fed, media, &people);
}

/* --- in: the job ------------------------------------------------------------------------------ */

/* Of all whom this import bans, so that it can be taken back. */
static int64_t note_import(struct ctx *ctx, int64_t fed, const char *name)
{
	time_t now = (time_t)ctx_now(ctx);
	char when[32];
	struct tm parts;

	gmtime_r(&now, &parts);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &parts);
	return reason_note(ctx, fed_list(fed), ctx_printf(ctx, "%s, %s", name, when));
}

enum verdict fed_begin_import(struct ctx *ctx, const struct button *button)
{
	int64_t fed = slug_integer(ctx, 0), reason;
	const char *key = key_of(ctx, slug_integer(ctx, 1));
	const char *kept = brief_find(ctx, THIS_CHAT, key), *name;
	struct draft *draft = ctx_draft(ctx);

	if (!fed_is_owner(ctx, fed, button->from->id))
		return ctx_alert(ctx, _("Only the owner of the federation can do that."));
	if (!kept)
		return ctx_alert(ctx, _("That took too long. Please send the file again."));
	name = strchr(kept, ' ') + 1;
	reason = note_import(ctx, fed, name);
	if (!reason ||
	    !ctx_jobf(ctx, "fedimport:%lld:%lld:%.200s", (long long)fed, (long long)reason,
		      ctx_printf(ctx, "%.*s", (int)(name - 1 - kept), kept)))
		return FAIL;
	brief_set(ctx, THIS_CHAT, key, NULL, KEPT_S);
	fed_tell_log(ctx, fed, ctx_printf(ctx, _("Imports “%s”"), name), 0);
	draft_add(draft, _("The import of <b>%s</b> begins. I say so when it is done."), name);
	return draft_edit(draft, button);
}

enum verdict fed_end_offer(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	brief_set(ctx, THIS_CHAT, key_of(ctx, slug_integer(ctx, 0)), NULL, KEPT_S);
	draft_add(draft, "%s", _("Nothing was changed."));
	return draft_edit(draft, button);
}

static enum verdict end_import(struct ctx *ctx, int64_t fed, const struct fed_people *people,
			       const char *why)
{
	struct draft *draft = ctx_draft(ctx);
	int64_t banned = job_counted(ctx, "banned");

	draft_add(draft, "<b>%s</b>\n",
		  why ? _("The import ended early.") : _("The import is done."));
	if (why)
		draft_add(draft, "%s\n", why);
	draft_add(draft, _("Banned: %lld"), (long long)banned);
	draft_add(draft, "\n");
	draft_add(draft, _("On the list already: %lld"), (long long)job_counted(ctx, "there"));
	if (!why)
		add_skipped(ctx, draft, people);
	if (banned)
		draft_button(draft, _("Take the import back"), "fedunimport:%lld:%lld",
			     (long long)fed, (long long)slug_integer(ctx, 1));
	return draft_reply(draft);
}

/* Behind the last one of the step before; 0: there was none. */
static size_t first_after(const struct fed_people *people, int64_t last)
{
	size_t at = 0;

	while (last && at < people->count && people->ids[at] <= last)
		at++;
	return at;
}

/* The file is fetched and read for each step: nothing of it is kept in between. */
enum verdict fed_next_imports(struct ctx *ctx, const struct job *job)
{
	int64_t fed = slug_integer(ctx, 0);
	const struct file *file = ctx_file(ctx, slug_text(ctx, 2));
	struct fact *facts = ctx_alloc(ctx, PEOPLE_A_STEP * sizeof(*facts));
	size_t from, count = 0, banned = 0;
	struct fed_people people;
	const char *why = read_file(ctx, fed, file, &people);

	if (why && file_error(file)[0] && job_counted(ctx, "tries") < FILE_TRIES) {
		job_count(ctx, "tries", 1);
		return job_next(ctx, job->cursor, FILE_TRY_S);
	}
	if (!fed_name(ctx, fed)[0])
		return ctx_has_failed(ctx) ? FAIL : DONE;
	from = first_after(&people, job->cursor);
	if (why || from >= people.count)
		return end_import(ctx, fed, &people, why);
	for (; count < PEOPLE_A_STEP && from + count < people.count; count++)
		facts[count] = (struct fact) { .person = people.ids[from + count],
					       .number = slug_integer(ctx, 1) };
	if (!fact_set_missing(ctx, fed_list(fed), FED_BAN, facts, count, &banned))
		return FAIL;
	job_count(ctx, "banned", (int64_t)banned);
	job_count(ctx, "there", (int64_t)(count - banned));
	return job_next(ctx, facts[count - 1].person, 0);
}

/* --- taken back ------------------------------------------------------------------------------- */

enum verdict fed_undo_import(struct ctx *ctx, const struct button *button)
{
	int64_t fed = slug_integer(ctx, 0);
	struct draft *draft = ctx_draft(ctx);

	if (!fed_is_owner(ctx, fed, button->from->id))
		return ctx_alert(ctx, _("Only the owner of the federation can do that."));
	if (!ctx_jobf(ctx, "fedunimport:%lld:%lld", (long long)fed,
		      (long long)slug_integer(ctx, 1)))
		return FAIL;
	draft_add(draft, "%s",
		  _("The import is being taken back. Whom a group has banned by it in the "
		    "meantime stays banned there."));
	return draft_edit(draft, button);
}

enum verdict fed_next_removals(struct ctx *ctx, const struct job *job)
{
	int64_t fed = slug_integer(ctx, 0), number = slug_integer(ctx, 1);
	struct fact *facts = ctx_alloc(ctx, PEOPLE_A_STEP * sizeof(*facts)), next = { 0 };
	size_t count = 0, removed = 0;

	while (count < PEOPLE_A_STEP && fact_each(ctx, fed_list(fed), FED_BAN, &next))
		if (next.number == number)
			facts[count++] = next;
	if (!fact_remove_many(ctx, fed_list(fed), FED_BAN, facts, count, &removed) ||
	    ctx_has_failed(ctx))
		return FAIL;
	job_count(ctx, "removed", (int64_t)removed);
	if (count)
		return job_next(ctx, job->cursor + 1, 0);
	fed_tell_log(ctx, fed, _("An import was taken back"), 0);
	return ctx_reply(ctx, _("The import is taken back. Bans removed: %lld"),
			 (long long)job_counted(ctx, "removed"));
}
