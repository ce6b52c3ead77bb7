/* lookups.c - /ip, /whois and /url: what is known in public about addresses, domains and links. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "workers/module.h"
#include "workers/modules/tools/web_url.h"

#define KEEP_S 600
#define ADDRESSES_MAX 8 /* buttons */
#define BOOTSTRAP "https://data.iana.org/rdap/dns.json"
#define BOOTSTRAP_KEEP_S 86400
#define LABELS_TRIED 3
#define JOINED_MAX 13

/* The link or host that is meant: what follows the command, else the first link of the message that
 * is replied to; "" none. */
static const char *find_meant(struct ctx *ctx, const struct command *cmd)
{
	const struct message *reply = ctx_find_message(ctx)->reply;

	if (cmd->args[0])
		return ctx_printf(ctx, "%.*s", (int)strcspn(cmd->args, " \t\n"), cmd->args);
	for (size_t i = 0; reply && i < reply->entities_count; i++) {
		const struct message_entity *entity = &reply->entities[i];

		if (strcmp(entity->type, "text_link") == 0)
			return entity->value;
		if (strcmp(entity->type, "url") == 0)
			return ctx_printf(ctx, "%.*s", (int)entity->size,
					  reply->text + entity->start);
	}
	return "";
}

/* Reads what is meant, or says what is expected. */
static bool take_meant(struct ctx *ctx, const struct command *cmd, struct web_url *url)
{
	const char *meant = find_meant(ctx, cmd);

	if (!meant[0]) {
		ctx_reply(ctx, _("Write a link or a host after the command, or reply to a message "
				 "with a link."));
		return false;
	}
	if (!web_url_read(ctx, meant, url)) {
		ctx_reply(ctx, _("“%s” is neither a link nor a host."), meant);
		return false;
	}
	return true;
}

/* --- /ip -------------------------------------------------------------------------------------- */

static void add_line(struct draft *draft, const char *label, const char *value)
{
	if (value[0])
		draft_add(draft, "\n<b>%s:</b> %s", label, value);
}

/* "Norwell, Massachusetts, US" */
static const char *place_of(struct ctx *ctx, const struct answer *about)
{
	static const char *const fields[] = { "city", "region", "country" };
	const char *place = "";

	for (size_t i = 0; i < 3; i++) {
		const char *next = answer_text(about, fields[i]);

		if (next[0])
			place = ctx_printf(ctx, "%s%s%s", place, place[0] ? ", " : "", next);
	}
	return place;
}

static void add_address(struct ctx *ctx, struct draft *draft, const char *address)
{
	const struct answer *about;

	if (host_address_class(address)) {
		draft_add(draft,
			  _("%s is no address of the internet: in every network it is another "
			    "machine."),
			  address);
		return;
	}
	about = ctx_fetch_json(ctx, KEEP_S, "https://ipinfo.io/%s/json", address);
	if (!answer_ok(about)) {
		draft_add(draft, "%s", answer_error(about));
		return;
	}
	draft_add(draft, "<code>%s</code>", address);
	add_line(draft, _("Name"), answer_text(about, "hostname"));
	add_line(draft, _("Place"), place_of(ctx, about));
	add_line(draft, _("Postal code"), answer_text(about, "postal"));
	add_line(draft, _("Coordinates"), answer_text(about, "loc"));
	add_line(draft, _("Time zone"), answer_text(about, "timezone"));
	add_line(draft, _("Network"), answer_text(about, "org"));
}

struct addresses {
	const char *list[ADDRESSES_MAX];
	size_t count;
	bool some_private; /* and left out */
};

/* Adds the addresses that a name has (RFC 1035: 1 is A; RFC 3596: 28 is AAAA). NULL, or why not. */
static const char *resolve(struct ctx *ctx, const char *name, int64_t type, struct addresses *out)
{
	const struct fetch fetch = {
		.keep_s = 60,
		.headers = HEADERS("Accept: application/dns-json"),
	};
	const struct answer *answer = ctx_fetch_with(
		ctx, &fetch, "https://cloudflare-dns.com/dns-query?name=%s&type=%d", name,
		(int)type);

	if (!answer_ok(answer))
		return answer_error(answer);
	for (size_t i = 0; i < answer_count(answer, "Answer"); i++) {
		const char *data = answer_text(answer, ctx_printf(ctx, "Answer.%zu.data", i));

		if (answer_integer(answer, ctx_printf(ctx, "Answer.%zu.type", i)) != type ||
		    !host_is_address(data))
			continue;
		if (host_address_class(data))
			out->some_private = true;
		else if (out->count < ADDRESSES_MAX)
			out->list[out->count++] = data;
	}
	return NULL;
}

static enum verdict show_addresses(struct ctx *ctx, const struct web_url *url)
{
	struct draft *draft = ctx_draft(ctx);
	struct addresses found = { .count = 0 };
	const char *fault = resolve(ctx, url->host, 28, &found);

	fault = resolve(ctx, url->host, 1, &found) && fault ? fault : NULL;
	if (fault && !found.count)
		return ctx_reply(ctx, "%s", fault);
	if (!found.count && found.some_private)
		return ctx_reply(ctx, _("%s leads into a private network only."), url->shown);
	if (!found.count)
		return ctx_reply(ctx, _("%s has no address."), url->shown);
	if (found.count == 1) {
		add_address(ctx, draft, found.list[0]);
		return draft_reply(draft);
	}
	draft_add(draft, _("<b>%s</b> has several addresses. About which?"), url->shown);
	for (size_t i = 0; i < found.count; i++) {
		draft_button(draft, found.list[i], "ip:%.45s", found.list[i]);
		draft_row(draft);
	}
	return draft_reply(draft);
}

static enum verdict show_ip(struct ctx *ctx, const struct command *cmd)
{
	struct web_url url;
	struct draft *draft;

	if (!take_meant(ctx, cmd, &url))
		return DONE;
	if (host_is_address(url.host)) {
		draft = ctx_draft(ctx);
		add_address(ctx, draft, url.host);
		return draft_reply(draft);
	}
	/* Whoever asks must not learn what the operator's own network holds. */
	if (!host_is_public_name(url.host))
		return ctx_reply(ctx, _("%s is not a name of the internet."), url.shown);
	return show_addresses(ctx, &url);
}

static enum verdict pick_address(struct ctx *ctx, const struct button *button)
{
	struct draft *draft = ctx_draft(ctx);

	add_address(ctx, draft, slug_text(ctx, 0));
	return draft_edit(draft, button);
}

/* --- /whois ----------------------------------------------------------------------------------- */

/* The server for a top-level domain, from IANA's list (RFC 9224); "" none. */
static const char *find_server(struct ctx *ctx, const struct answer *list, const char *domain)
{
	for (size_t i = 0; i < answer_count(list, "services"); i++) {
		const char *names = ctx_printf(ctx, "services.%zu.0", i);

		for (size_t j = 0; j < answer_count(list, names); j++)
			if (strcasecmp(answer_text(list, ctx_printf(ctx, "%s.%zu", names, j)),
				       domain) == 0)
				return answer_text(list, ctx_printf(ctx, "services.%zu.1.0", i));
	}
	return "";
}

/* RDAP (RFC 9083) of the domain to which a name belongs: "www.example.co.uk" is asked for without
 * its first labels, too. NULL when the registry has none of them. */
static const struct answer *find_domain(struct ctx *ctx, const char *server, const char **name)
{
	const struct fetch fetch = {
		.keep_s = KEEP_S,
		.headers = HEADERS("Accept: application/rdap+json"),
	};
	const char *slash = server[0] && server[strlen(server) - 1] == '/' ? "" : "/";
	const struct answer *answer;

	for (size_t tries = 0; tries < LABELS_TRIED; tries++) {
		const char *dot = strchr(*name, '.');

		answer = ctx_fetch_with(ctx, &fetch, "%s",
					ctx_printf(ctx, "%s%sdomain/%s", server, slash, *name));
		if (answer_ok(answer) || !answer_refused(answer))
			return answer;
		if (!dot || !strchr(dot + 1, '.'))
			break;
		*name = dot + 1;
	}
	return NULL;
}

static bool has_role(struct ctx *ctx, const struct answer *about, size_t entity, const char *role)
{
	const char *roles = ctx_printf(ctx, "entities.%zu.roles", entity);

	for (size_t i = 0; i < answer_count(about, roles); i++)
		if (strcmp(answer_text(about, ctx_printf(ctx, "%s.%zu", roles, i)), role) == 0)
			return true;
	return false;
}

/* The name in its vCard (RFC 7095). Of people who own domains nothing is shown. */
static const char *find_registrar(struct ctx *ctx, const struct answer *about)
{
	for (size_t i = 0; i < answer_count(about, "entities"); i++) {
		const char *card = ctx_printf(ctx, "entities.%zu.vcardArray.1", i);

		for (size_t j = 0;
		     has_role(ctx, about, i, "registrar") && j < answer_count(about, card); j++)
			if (strcmp(answer_text(about, ctx_printf(ctx, "%s.%zu.0", card, j)),
				   "fn") == 0)
				return answer_text(about, ctx_printf(ctx, "%s.%zu.3", card, j));
	}
	return "";
}

/* The day of an event: "2027-08-13". */
static const char *find_day(struct ctx *ctx, const struct answer *about, const char *action)
{
	for (size_t i = 0; i < answer_count(about, "events"); i++)
		if (strcmp(answer_text(about, ctx_printf(ctx, "events.%zu.eventAction", i)),
			   action) == 0)
			return ctx_printf(
				ctx, "%.10s",
				answer_text(about, ctx_printf(ctx, "events.%zu.eventDate", i)));
	return "";
}

/* "a, b, c" */
static const char *join(struct ctx *ctx, const struct answer *about, const char *list,
			const char *field)
{
	const char *joined = "";

	for (size_t i = 0; i < answer_count(about, list) && i < JOINED_MAX; i++) {
		const char *next = answer_text(about, ctx_printf(ctx, "%s.%zu%s", list, i, field));

		if (next[0])
			joined = ctx_printf(ctx, "%s%s%s", joined, joined[0] ? ", " : "", next);
	}
	return joined;
}

static const char *lower(struct ctx *ctx, const char *text)
{
	char *copy = ctx_alloc(ctx, strlen(text) + 1);

	for (size_t i = 0; text[i]; i++)
		copy[i] = (char)tolower((unsigned char)text[i]);
	return copy;
}

static enum verdict show_domain(struct ctx *ctx, const struct answer *about, const char *name)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "<b>%s</b>", name);
	add_line(draft, _("Registrar"), find_registrar(ctx, about));
	add_line(draft, _("Registered"), find_day(ctx, about, "registration"));
	add_line(draft, _("Changed"), find_day(ctx, about, "last changed"));
	add_line(draft, _("Expires"), find_day(ctx, about, "expiration"));
	add_line(draft, _("State"), join(ctx, about, "status", ""));
	add_line(draft, _("Name servers"), lower(ctx, join(ctx, about, "nameservers", ".ldhName")));
	add_line(draft, _("Signed"),
		 answer_boolean(about, "secureDNS.delegationSigned") ? _("yes") : _("no"));
	return draft_reply(draft);
}

static enum verdict show_whois(struct ctx *ctx, const struct command *cmd)
{
	const struct answer *list, *about;
	const char *server, *name, *last;
	struct web_url url;

	if (!take_meant(ctx, cmd, &url))
		return DONE;
	if (!host_is_public_name(url.host))
		return ctx_reply(ctx, _("%s is not a domain."), url.shown);
	last = strrchr(url.host, '.') + 1;
	list = ctx_fetch_json(ctx, BOOTSTRAP_KEEP_S, BOOTSTRAP);
	if (!answer_ok(list))
		return ctx_reply(ctx, "%s", answer_error(list));
	server = find_server(ctx, list, last);
	if (!server[0])
		return ctx_reply(ctx,
				 _("The registry of .%s answers nobody's questions over the web."),
				 last);
	name = url.host;
	about = find_domain(ctx, server, &name);
	if (!about)
		return ctx_reply(ctx, _("Nobody has registered %s, says its registry."), url.shown);
	if (!answer_ok(about))
		return ctx_reply(ctx, "%s", answer_error(about));
	return show_domain(ctx, about, name);
}

/* --- /url ------------------------------------------------------------------------------------- */

static enum verdict show_url(struct ctx *ctx, const struct command *cmd)
{
	struct draft *draft = ctx_draft(ctx);
	struct web_url url;
	size_t gone;

	if (!take_meant(ctx, cmd, &url))
		return DONE;
	gone = web_url_clean(ctx, &url);
	draft_add(draft, "<code>%s</code>", web_url_text(ctx, &url));
	if (strcmp(url.host, url.shown) != 0)
		draft_add(draft, _("\nIts host is shown as <b>%s</b>."), url.shown);
	if (url.user[0])
		draft_add(draft,
			  _("\nIt leads to <b>%s</b>: what stands before the @ is only a name."),
			  url.shown);
	if (gone)
		draft_add(draft,
			  ctx_plural(ctx, "\nI took one part away that only follows people.",
				     "\nI took %llu parts away that only follow people.", gone),
			  (unsigned long long)gone);
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("ip ipinfo", show_ip, .usage = N_("<host or link>"), .typing = "typing",
		.help = N_("where an address or a host is")),
	BUTTON("ip:%.45s", pick_address),
	COMMAND("whois", show_whois, .usage = N_("<domain>"), .typing = "typing",
		.help = N_("who has registered a domain, and until when")),
	COMMAND("url", show_url, .usage = N_("<link>"),
		.help = N_("a link without what only follows people")),
	END_OF_ROUTES,
};

const struct module lookups_module = {
	.name = "lookups",
	.title = N_("Web"),
	.icon = "🔗",
	.about = N_("Hosts are looked up at Cloudflare's DNS, addresses at ipinfo.io, domains at "
		    "IANA and their "
		    "registry: each learns what is asked, and not by whom."),
	.routes = routes,
	/* A registry's server is any that IANA's list names. */
	.hosts = HOSTS(HOST("cloudflare-dns.com"), HOST("ipinfo.io"), HOST("data.iana.org"),
		       HOST("any")),
};
