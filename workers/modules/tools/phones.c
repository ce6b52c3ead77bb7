/* phones.c - /device: phones and what they have, as GSMArena shows it. The site has no API, so its
 * pages are read by korone-html; what is taken of them is in FOUND and SPECS, and when they change
 * nothing is found and people are told so. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "workers/module.h"

#define PROGRAM "korone-html"
#define SITE "https://www.gsmarena.com/"
#define KEEP_S 86400 /* of pages that are small enough */
#define NOTED_S 3600 /* lists and what was read of a page */
#define NAME_MAX_BYTES 60
#define PATH_MAX_BYTES 100
#define PHONES_MAX 64
#define TEXT_MAX_BYTES 3500 /* of values with their labels: a message has 4096 characters */
#define VALUE_MAX_BYTES 600
#define LABEL_MAX_BYTES 30
#define PAGE_SIZE 8

/* The results of a search, and whether it is a page of results at all. */
#define FOUND "phone=div.general-menu/li:a@href,img@title menu=div.general-menu"
/* A table for each subject, whose name is in its first row. */
#define SPECS "name=h1:. picture=div.specs-photo-main/img:@src row=table/tr:th,td.ttl,td.nfo"

static const struct program reading = { .seconds = 10, .megabytes = 64 };

/* --- lines with tabs -------------------------------------------------------------------------- */

/* The next line, without its end; NULL when there are no more. */
static const char *next_line(struct ctx *ctx, const char **rest)
{
	const char *line = *rest;
	size_t length = strcspn(line, "\n");

	if (!*line)
		return NULL;
	*rest += length + (line[length] == '\n');
	return ctx_printf(ctx, "%.*s", (int)length, line);
}

/* The how-manieth of the parts of a line, from 0. */
static const char *part(struct ctx *ctx, const char *line, size_t index)
{
	while (index--) {
		line += strcspn(line, "\t");
		line += *line == '\t';
	}
	return ctx_printf(ctx, "%.*s", (int)strcspn(line, "\t"), line);
}

/* What korone-html prints of a page; NULL, and *why says for people why not. */
static const char *text_of(const struct file *printed, const char **why)
{
	if (file_error(printed)[0]) {
		*why = file_error(printed);
		return NULL;
	}
	return file_bytes(printed);
}

/* --- search ----------------------------------------------------------------------------------- */

/* "name-123.php", as links of the site are: nothing that leads elsewhere. */
static bool is_path(const char *path)
{
	size_t length = strlen(path);

	return length > 4 && length <= PATH_MAX_BYTES && strcmp(path + length - 4, ".php") == 0 &&
	       path[0] != '.' &&
	       path[strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 "_-.,+()!'&")] == '\0';
}

/* The phones that were found, a line "path\tname" for each; NULL, and *why says why there are none.
 */
static const char *search(struct ctx *ctx, const char *asked, const char **why)
{
	const struct file *page = ctx_fetch(
		ctx, KEEP_S, "https://m.gsmarena.com/results.php3?sQuickSearch=yes&sName=%s",
		asked);
	struct program program = reading;
	const char *rest, *line, *phones = "";
	size_t rows = 0, count = 0;
	bool is_known = false;

	*why = file_error(page);
	if ((*why)[0])
		return NULL;
	program.input = page;
	rest = text_of(ctx_run(ctx, &program, PROGRAM " {input} " FOUND), why);
	while (rest && (line = next_line(ctx, &rest))) {
		const char *path = part(ctx, line, 1), *name = part(ctx, line, 2);

		is_known = is_known || strcmp(line, "menu") == 0;
		rows += strcmp(line, "menu") != 0;
		if (!is_path(path) || !name[0] || count == PHONES_MAX)
			continue;
		phones = ctx_printf(ctx, "%s%s\t%.*s\n", phones, path, NAME_MAX_BYTES, name);
		count++;
	}
	if (!rest || count)
		return rest ? phones : NULL;
	*why = is_known && !rows
		       ? ctx_printf(ctx, _("GSMArena knows no phone “%s”."), asked)
		       : _("GSMArena's pages are not as I know them any more, so I find nothing "
			   "in them.");
	return NULL;
}

/* --- a phone ---------------------------------------------------------------------------------- */

struct spec {
	const char *label;         /* marked with N_() */
	const char *table, *title; /* as GSMArena names them; title NULL: of the first row */
};

/* What is shown, in this order; a label alone begins a section. */
static const struct spec specs[] = {
	{ N_("Overview"), NULL, NULL },
	{ N_("Announced"), "Launch", "Announced" },
	{ N_("Status"), "Launch", "Status" },
	{ N_("Network"), "Network", "Technology" },
	{ N_("System"), "Platform", "OS" },
	{ N_("Dimensions"), "Body", "Dimensions" },
	{ N_("Weight"), "Body", "Weight" },
	{ N_("Build"), "Body", "Build" },
	{ N_("SIM"), "Body", "SIM" },
	{ N_("Display and hardware"), NULL, NULL },
	{ N_("Display"), "Display", "Type" },
	{ N_("Size"), "Display", "Size" },
	{ N_("Resolution"), "Display", "Resolution" },
	{ N_("Protection"), "Display", "Protection" },
	{ N_("Chipset"), "Platform", "Chipset" },
	{ N_("CPU"), "Platform", "CPU" },
	{ N_("GPU"), "Platform", "GPU" },
	{ N_("Memory"), "Memory", "Internal" },
	{ N_("Card slot"), "Memory", "Card slot" },
	{ N_("Cameras"), NULL, NULL },
	{ N_("Rear camera"), "Main Camera", NULL },
	{ N_("Its features"), "Main Camera", "Features" },
	{ N_("Its video"), "Main Camera", "Video" },
	{ N_("Front camera"), "Selfie camera", NULL },
	{ N_("Its video"), "Selfie camera", "Video" },
	{ N_("Connections"), NULL, NULL },
	{ N_("Wi-Fi"), "Comms", "WLAN" },
	{ N_("Bluetooth"), "Comms", "Bluetooth" },
	{ N_("Positioning"), "Comms", "Positioning" },
	{ N_("NFC"), "Comms", "NFC" },
	{ N_("Headphone jack"), "Sound", "3.5mm jack" },
	{ N_("USB"), "Comms", "USB" },
	{ N_("Sensors"), "Features", "Sensors" },
	{ N_("Battery and more"), NULL, NULL },
	{ N_("Battery"), "Battery", "Type" },
	{ N_("Charging"), "Battery", "Charging" },
	{ N_("Colors"), "Misc", "Colors" },
	{ N_("Models"), "Misc", "Models" },
	{ N_("Price"), "Misc", "Price" },
};
#define SPECS_COUNT (sizeof(specs) / sizeof(specs[0]))

struct phone {
	const char *name, *picture;
	const char *values[SPECS_COUNT]; /* NULL: none */
};

static void take_row(struct ctx *ctx, struct phone *phone, const char *table, bool is_first,
		     const char *line)
{
	const char *title = part(ctx, line, 2), *value = part(ctx, line, 3);

	for (size_t i = 0; i < SPECS_COUNT && value[0]; i++)
		if (specs[i].table && !phone->values[i] && strcasecmp(specs[i].table, table) == 0 &&
		    (specs[i].title ? strcasecmp(specs[i].title, title) == 0 : is_first))
			phone->values[i] = specs[i].title || !title[0]
						   ? value
						   : ctx_printf(ctx, "%s: %s", title, value);
}

/* False: nothing of a phone is in it. */
static bool read_phone(struct ctx *ctx, const char *text, struct phone *out)
{
	const char *line, *table = "";
	size_t count = 0;

	*out = (struct phone) { .name = "", .picture = "" };
	while ((line = next_line(ctx, &text))) {
		const char *label = part(ctx, line, 0), *first = part(ctx, line, 1);

		if (strcmp(label, "name") == 0 && !out->name[0])
			out->name = first;
		else if (strcmp(label, "picture") == 0 && !out->picture[0])
			out->picture = first;
		if (strcmp(label, "row") != 0)
			continue;
		table = first[0] ? first : table;
		take_row(ctx, out, table, first[0] != '\0', line);
	}
	for (size_t i = 0; i < SPECS_COUNT; i++)
		count += out->values[i] != NULL;
	return out->name[0] && count;
}

/* What korone-html prints of the page of a phone: kept, because the page is large. */
static const char *fetch_phone(struct ctx *ctx, const char *path, const char **why)
{
	const char *key = ctx_printf(ctx, "phone/%s", path);
	const char *text = strlen(key) <= STORE_KEY_MAX ? brief_find(ctx, THIS_BOT, key) : NULL;
	struct program program = reading;
	const struct file *page;

	if (text)
		return text;
	page = ctx_fetch(ctx, 0, "%s", ctx_printf(ctx, SITE "%s", path));
	*why = file_error(page);
	if ((*why)[0])
		return NULL;
	program.input = page;
	text = text_of(ctx_run(ctx, &program, PROGRAM " {input} " SPECS), why);
	if (text && strlen(key) <= STORE_KEY_MAX && strlen(text) < STORE_VALUE_MAX)
		brief_set(ctx, THIS_BOT, key, text, NOTED_S);
	return text;
}

/* The first section is open, the others can be unfolded. */
static void begin_section(struct ctx *ctx, struct draft *draft, const char *label, size_t number)
{
	if (number > 1)
		draft_add(draft, "</blockquote>");
	draft_add(draft, "\n\n<b>%s</b>", ctx_translate(ctx, label));
	if (number > 0)
		draft_add(draft, "\n<blockquote expandable>");
}

/* What is too long, and what no longer fits into a message, is left out. */
static bool take_room(size_t *room, const char *value)
{
	const size_t size = strlen(value) + LABEL_MAX_BYTES;

	if (strlen(value) > VALUE_MAX_BYTES || size > *room)
		return false;
	*room -= size;
	return true;
}

static void write_phone(struct ctx *ctx, struct draft *draft, const struct phone *phone,
			const char *path)
{
	size_t room = TEXT_MAX_BYTES, sections = 0;
	const char *section = NULL;
	bool begins = false;

	draft_add(draft, "<a href=\"%s\"><b>%s</b></a>", ctx_printf(ctx, SITE "%s", path),
		  phone->name);
	for (size_t i = 0; i < SPECS_COUNT; i++) {
		if (!specs[i].table)
			section = specs[i].label;
		if (!phone->values[i] || !take_room(&room, phone->values[i]))
			continue;
		begins = section && sections > 0;
		if (section)
			begin_section(ctx, draft, section, sections++);
		section = NULL;
		draft_add(draft, "%s<b>%s:</b> %s", begins ? "" : "\n",
			  ctx_translate(ctx, specs[i].label), phone->values[i]);
	}
	if (sections > 1)
		draft_add(draft, "</blockquote>");
	if (strncmp(phone->picture, "https://", 8) == 0) {
		draft_preview(draft, phone->picture);
		draft_flags(draft, DRAFT_PREVIEW_LARGE | DRAFT_PREVIEW_ABOVE);
	}
}

/* NULL, or why there is nothing in the draft. */
static const char *add_phone(struct ctx *ctx, struct draft *draft, const char *path)
{
	struct phone phone;
	const char *why = NULL, *text = fetch_phone(ctx, path, &why);

	if (!text)
		return why;
	if (!read_phone(ctx, text, &phone))
		return _("GSMArena's pages are not as I know them any more, so I find nothing in "
			 "them.");
	write_phone(ctx, draft, &phone, path);
	return NULL;
}

/* --- the list --------------------------------------------------------------------------------- */

static const char *list_key(struct ctx *ctx, int64_t list)
{
	return ctx_printf(ctx, "list/%lld", (long long)list);
}

/* The line of a phone; NULL when there are not so many. */
static const char *phone_at(struct ctx *ctx, const char *phones, size_t index)
{
	const char *line = NULL;

	for (size_t i = 0; i <= index; i++)
		if (!(line = next_line(ctx, &phones)))
			return NULL;
	return line;
}

static size_t count_lines(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static void write_list(struct ctx *ctx, struct draft *draft, const char *phones, int64_t list,
		       size_t page)
{
	size_t count = count_lines(phones), pages = (count + PAGE_SIZE - 1) / PAGE_SIZE;

	draft_add(draft,
		  ctx_plural(ctx, "One phone is called so.",
			     "%llu phones are called so. Which one?", count),
		  (unsigned long long)count);
	for (size_t i = page * PAGE_SIZE; i < count && i < (page + 1) * PAGE_SIZE; i++) {
		draft_button(draft, part(ctx, phone_at(ctx, phones, i), 1), "phone:%lld:%d",
			     (long long)list, (int)i);
		draft_row(draft);
	}
	if (page > 0)
		draft_button(draft, "◀️", "phones:%lld:%d", (long long)list, (int)page - 1);
	if (pages > 1)
		draft_disabled(draft, ctx_printf(ctx, "%zu / %zu", page + 1, pages));
	if (page + 1 < pages)
		draft_button(draft, "▶️", "phones:%lld:%d", (long long)list, (int)page + 1);
}

/* NULL, and the person is told: it is older than an hour. */
static const char *find_list(struct ctx *ctx)
{
	const char *phones = brief_find(ctx, THIS_CHAT, list_key(ctx, slug_integer(ctx, 0)));

	if (!phones)
		ctx_alert(ctx, _("This list is too old. Please search again."));
	return phones;
}

static enum verdict turn_page(struct ctx *ctx, const struct button *button)
{
	const char *phones = find_list(ctx);
	const int64_t page = slug_integer(ctx, 1);
	struct draft *draft = ctx_draft(ctx);

	if (!phones)
		return ctx_has_failed(ctx) ? FAIL : DONE;
	write_list(ctx, draft, phones, slug_integer(ctx, 0), page > 0 ? (size_t)page : 0);
	return draft_edit(draft, button);
}

static enum verdict pick(struct ctx *ctx, const struct button *button)
{
	const char *phones = find_list(ctx);
	const int64_t list = slug_integer(ctx, 0), index = slug_integer(ctx, 1);
	struct draft *draft = ctx_draft(ctx);
	const char *line, *why;

	if (!phones)
		return ctx_has_failed(ctx) ? FAIL : DONE;
	line = phone_at(ctx, phones, (size_t)index);
	if (!line)
		return ctx_fail(ctx, "a button of a phone that is not in its list");
	why = add_phone(ctx, draft, part(ctx, line, 0));
	if (why)
		return ctx_alert(ctx, "%s", why);
	draft_button(draft, _("Back"), "phones:%lld:%d", (long long)list, (int)(index / PAGE_SIZE));
	return draft_edit(draft, button);
}

/* --- the command ------------------------------------------------------------------------------ */

static enum verdict show_only(struct ctx *ctx, const char *phones)
{
	struct draft *draft = ctx_draft(ctx);
	const char *why = add_phone(ctx, draft, part(ctx, phones, 0));

	return why ? ctx_reply(ctx, "%s", why) : draft_reply(draft);
}

static enum verdict show(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);
	const char *phones, *why = NULL;

	if (!cmd->args[0])
		return ctx_reply(ctx, _("Write the name of a phone after the command."));
	if (strlen(cmd->args) > NAME_MAX_BYTES)
		return ctx_reply(ctx, _("No phone has such a long name."));
	phones = search(ctx, cmd->args, &why);
	if (!phones)
		return ctx_reply(ctx, "%s", why);
	if (count_lines(phones) == 1)
		return show_only(ctx, phones);
	if (!brief_set(ctx, THIS_CHAT, list_key(ctx, cmd->message_id), phones, NOTED_S))
		return ctx_reply(ctx, _("I cannot note that right now. Please try again."));
	write_list(ctx, draft, phones, cmd->message_id, 0);
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("device specs d", show, .usage = N_("<phone>"), .typing = "typing",
		.program = PROGRAM, .help = N_("what a phone has")),
	BUTTON("phones:%lld:%d", turn_page, .asker = true),
	BUTTON("phone:%lld:%d", pick, .asker = true),
	END_OF_ROUTES,
};

const struct module phones_module = {
	.name = "phones",
	.title = N_("Phones"),
	.icon = "📱",
	.about = N_("From GSMArena, which learns what somebody asked for, and not who did."),
	.routes = routes,
	.programs = PROGRAMS(PROGRAM),
	.hosts = HOSTS(HOST("m.gsmarena.com", .per_second = 1),
		       HOST("www.gsmarena.com", .per_second = 1)),
};
