/* translate.c - /tr: a text in another language, by DeepL (developers.deepl.com: POST
 * /v2/translate). Its free plan and its paid ones have different hosts. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "common/utf8.h"
#include "workers/module.h"

#define FREE_HOST "api-free.deepl.com"
#define FREE_KEY "KORONE_DEEPL_KEY"
#define PAID_HOST "api.deepl.com"
#define PAID_KEY "KORONE_DEEPL_PRO_KEY"

/* So that nobody uses up alone what the operator has for all. */
#define CHARACTERS_MAX 2000
#define PER_HOUR 30

/* As people write it, and as DeepL has it as a target. */
static const struct language {
	const char *name, *target;
} languages[] = {
	{ "ar", "AR" },      { "bg", "BG" },           { "cs", "CS" },
	{ "da", "DA" },      { "de", "DE" },           { "el", "EL" },
	{ "en", "EN-US" },   { "en-gb", "EN-GB" },     { "en-us", "EN-US" },
	{ "es", "ES" },      { "et", "ET" },           { "fi", "FI" },
	{ "fr", "FR" },      { "he", "HE" },           { "hu", "HU" },
	{ "id", "ID" },      { "it", "IT" },           { "ja", "JA" },
	{ "ko", "KO" },      { "lt", "LT" },           { "lv", "LV" },
	{ "nb", "NB" },      { "nl", "NL" },           { "pl", "PL" },
	{ "pt", "PT-BR" },   { "pt-br", "PT-BR" },     { "pt-pt", "PT-PT" },
	{ "ro", "RO" },      { "ru", "RU" },           { "sk", "SK" },
	{ "sl", "SL" },      { "sv", "SV" },           { "th", "TH" },
	{ "tr", "TR" },      { "uk", "UK" },           { "vi", "VI" },
	{ "zh", "ZH-HANS" }, { "zh-hans", "ZH-HANS" }, { "zh-hant", "ZH-HANT" },
};

/* What is wanted. */
struct wanted {
	const char *source; /* NULL: DeepL finds out */
	const char *target;
	const char *text;
};

static const struct language *find_language(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++)
		if (strlen(languages[i].name) == length &&
		    strncasecmp(languages[i].name, name, length) == 0)
			return &languages[i];
	return NULL;
}

/* The language of the chat. */
static const char *own_language(struct ctx *ctx)
{
	const char *locale = ctx_locale(ctx);
	const struct language *own = find_language(locale, strcspn(locale, "_"));

	return own ? own->target : "EN-US";
}

/* --- what is asked ---------------------------------------------------------------------------- */

/* Whether it looks like the name of a language: "pt", "nds", "zh-hans". */
static bool may_be_language(const char *name, size_t length)
{
	size_t letters = 0;

	while (letters < length && isalpha((unsigned char)name[letters]))
		letters++;
	return (letters == 2 || letters == 3) && (letters == length || name[letters] == '-');
}

/* "pt", "en:pt" or ":pt" at the beginning. False: there are languages, and one is unknown. */
static bool take_languages(struct ctx *ctx, const char **text, struct wanted *out)
{
	const size_t length = strcspn(*text, " \t\n"), source = strcspn(*text, ": \t\n");
	const bool is_pair = source < length;
	const char *target = is_pair ? *text + source + 1 : *text;
	const size_t target_length = (size_t)(*text + length - target);
	const struct language *to = find_language(target, target_length);
	const struct language *from = is_pair ? find_language(*text, source) : NULL;

	if (is_pair && (!may_be_language(target, target_length) ||
			(source > 0 && !may_be_language(*text, source))))
		return true;
	if (is_pair && (!to || (source > 0 && !from)))
		return false;
	if (!to)
		return true;
	out->target = to->target;
	out->source = from ? ctx_printf(ctx, "%.2s", from->target) : NULL;
	*text += length;
	*text += strspn(*text, " \t\n");
	return true;
}

/* What is replied to, or the part of it that was chosen; "" none. */
static const char *replied_text(struct ctx *ctx)
{
	const struct message *message = ctx_find_message(ctx);

	if (message->quote[0])
		return message->quote;
	return message->reply ? message->reply->text : "";
}

/* --- DeepL ------------------------------------------------------------------------------------ */

static const struct answer *ask(struct ctx *ctx, const struct wanted *wanted)
{
	const char *form = ctx_form(ctx, "text=%s&target_lang=%s", wanted->text, wanted->target);
	const struct fetch fetch = {
		.form = wanted->source ? ctx_printf(ctx, "%s&source_lang=%s", form, wanted->source)
				       : form,
	};
	const bool paid = strcmp(ctx_state(ctx), PAID_HOST) == 0;

	return paid ? ctx_fetch_with(ctx, &fetch, "https://" PAID_HOST "/v2/translate")
		    : ctx_fetch_with(ctx, &fetch, "https://" FREE_HOST "/v2/translate");
}

/* 456 is DeepL's own status: "Quota exceeded". */
static const char *explain(struct ctx *ctx, const struct answer *answer)
{
	if (strcasestr(answer_text(answer, "message"), "quota"))
		return _("What this bot may translate in a month is used up.");
	return answer_ok(answer) ? _("DeepL has no translation of that.") : answer_error(answer);
}

static enum verdict translate(struct ctx *ctx, const struct wanted *wanted)
{
	const struct answer *answer = ask(ctx, wanted);
	const char *text = answer_text(answer, "translations.0.text");
	struct draft *draft = ctx_draft(ctx);

	if (!answer_ok(answer) || !text[0])
		return ctx_reply(ctx, "%s", explain(ctx, answer));
	draft_add(draft, "<b>%s → %s</b>\n%s",
		  answer_text(answer, "translations.0.detected_source_language"), wanted->target,
		  text);
	return draft_reply(draft);
}

/* --- the command ------------------------------------------------------------------------------ */

static enum verdict show(struct ctx *ctx, const struct command *cmd)
{
	const struct holder asker = user_is_stand_in(cmd->from) ? THIS_CHAT : THIS_PERSON;
	struct wanted wanted = { .target = own_language(ctx), .text = cmd->args };

	if (!take_languages(ctx, &wanted.text, &wanted))
		return ctx_reply(ctx, _("DeepL does not know one of these languages. Write them "
					"as in “en:pt”."));
	if (!wanted.text[0])
		wanted.text = replied_text(ctx);
	if (!wanted.text[0])
		return ctx_reply(ctx, _("Write a text after the command, or reply to one."));
	if (utf8_units(wanted.text, strlen(wanted.text)) > CHARACTERS_MAX)
		return ctx_reply(ctx, _("I translate at most %d characters at once."),
				 CHARACTERS_MAX);
	if (ctx_count_recent(ctx, asker, "asked", 3600) > PER_HOUR)
		return ctx_reply(ctx,
				 _("I have translated %d texts for you within an hour. Please "
				   "wait a while."),
				 PER_HOUR);
	return translate(ctx, &wanted);
}

static const struct route routes[] = {
	COMMAND("tr translate", show, .usage = N_("[language] [text]"), .typing = "typing",
		.help = N_("translate a text, or what you reply to")),
	END_OF_ROUTES,
};

/* The host whose key is set. */
static void *choose_host(const struct settings *settings, struct why *why)
{
	static char paid[] = PAID_HOST, free_of_charge[] = FREE_HOST;
	const struct module_keys *keys = &settings->module_keys;

	(void)why;
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->all[i].name, PAID_KEY) == 0)
			return paid;
	return free_of_charge;
}

#define SHOWN_KEY .header = "Authorization: DeepL-Auth-Key ", .needed = true, .per_second = 5

const struct module translate_module = {
	.name = "translate",
	.title = N_("Translation"),
	.icon = "🈯",
	.about = N_("By DeepL, which learns the text, and not who asks. Without a language it is "
		    "that of this chat; “pt” is another one, and “en:pt” says from which."),
	.open = choose_host,
	.routes = routes,
	.hosts = HOSTS(HOST(FREE_HOST, .key = FREE_KEY, SHOWN_KEY),
		       HOST(PAID_HOST, .key = PAID_KEY, SHOWN_KEY)),
};
