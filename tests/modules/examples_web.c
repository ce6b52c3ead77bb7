/* examples_web.c - what other hosts know: the weather of a city, a translation. */
#include "workers/module.h"

static enum verdict show_weather(struct ctx *ctx, const struct command *cmd)
{
	const struct answer *answer = ctx_fetch_json(
		ctx, 600, "https://api.weather.example/v1/now?city=%s", cmd->args);

	if (!answer_ok(answer))
		return ctx_reply(ctx, "%s", answer_error(answer));
	return ctx_reply(ctx, "<b>%s</b>: %lld °C", answer_text(answer, "city"),
			 (long long)answer_integer(answer, "now.temperature"));
}

/* A good answer may be about something else: then nothing is at that place. */
static enum verdict say(struct ctx *ctx, const struct answer *answer, const char *path)
{
	const char *text = answer_text(answer, path);

	if (text[0])
		return ctx_reply(ctx, "%s", text);
	return ctx_reply(ctx, "%s", answer_ok(answer) ? "nothing" : answer_error(answer));
}

/* The words of a host about its refusal are worth more than ours. */
static enum verdict translate(struct ctx *ctx, const struct command *cmd)
{
	const struct fetch fetch = {
		.form = ctx_form(ctx, "text=%s&target=%s", cmd->args, ctx_locale(ctx)),
		.headers = HEADERS("Accept-Language: en"),
	};
	const struct answer *answer = ctx_fetch_with(ctx, &fetch,
						     "https://translate.example:8443/v2");

	return say(ctx, answer, answer_ok(answer) ? "translations.0.text" : "message");
}

static enum verdict show_title(struct ctx *ctx, const struct command *cmd)
{
	const struct answer *answer = ctx_fetch_json(
		ctx, 0, "https://%s.wiki.example/page/%s/title",
		ctx_locale(ctx)[0] == 'p' ? "pt" : "en", cmd->args);

	return say(ctx, answer, "title");
}

static enum verdict send_picture(struct ctx *ctx, const struct command *cmd)
{
	const struct file *file = ctx_fetch(ctx, 0, "https://%s.wiki.example/picture/%s.png", "en",
					    cmd->args);
	struct draft *draft = ctx_draft(ctx);

	if (file_error(file)[0])
		return ctx_reply(ctx, "%s", file_error(file));
	if (file_size(file) == 0)
		return ctx_reply(ctx, "%s", "no picture");
	draft_media(draft, "photo", NULL, file);
	return draft_reply(draft);
}

static const struct route routes[] = {
	COMMAND("weather", show_weather, .help = N_("how warm it is")),
	COMMAND("translate", translate, .help = N_("in your language")),
	COMMAND("title", show_title, .help = N_("of a page")),
	COMMAND("webpicture", send_picture, .help = N_("of a page")),
	END_OF_ROUTES,
};

const struct module web_example = {
	.name = "web",
	.title = N_("Web"),
	.routes = routes,
	.hosts = HOSTS(HOST("api.weather.example", .key = "KORONE_WEATHER_KEY", .query = "appid"),
		       HOST("translate.example:8443", .key = "KORONE_TRANSLATE_KEY",
			    .header = "Authorization: Key "),
		       HOST("*.wiki.example")),
};
