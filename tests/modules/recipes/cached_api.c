/* cached_api.c - asks another host, with a key that no handler sees; the answer is kept for all. */
#include "workers/module.h"

static enum verdict weather(struct ctx *ctx, const struct command *cmd)
{
	const struct answer *now = ctx_fetch_json(
		ctx, 600, "https://api.weather.example/now?city=%s", cmd->args);

	if (!answer_ok(now))
		return ctx_reply(ctx, "%s", answer_error(now));
	return ctx_reply(ctx, _("<b>%s</b>: %lld °C"), answer_text(now, "city"),
			 (long long)answer_integer(now, "temperature"));
}

static const struct route routes[] = {
	COMMAND("weather", weather, .usage = N_("<city>"), .typing = "typing"),
	END_OF_ROUTES,
};

const struct module cached_api_recipe = {
	.name = "recipe_cached_api",
	.routes = routes,
	.hosts = HOSTS(HOST("api.weather.example", .key = "KORONE_WEATHER_KEY", .query = "appid")),
};
