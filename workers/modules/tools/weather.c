/* weather.c - /weather: the weather at a place, now and in the next days, as OpenWeather has it
 * (openweathermap.org/api: geocoding, current weather, forecast of 5 days in steps of 3 hours). */
#include <stdlib.h>
#include <string.h>

#include "workers/module.h"

#define API "https://api.openweathermap.org/"
#define KEEP_S 600 /* OpenWeather: no place more than once in ten minutes */
#define KEEP_PLACES_S 86400
#define PLACES 5 /* OpenWeather gives no more */
#define PLACE_MAX_BYTES 100
#define CARRIED_MAX_BYTES 27
#define DAYS 6
#define STEPS_MAX 60 /* of a forecast; it has 40 */
#define NOON_S (12 * 3600)

struct weather_options {
	const char *units;
};

static const char *const units[] = { "metric", "imperial", NULL };
static const char *const unit_labels[] = { N_("°C and km/h"), N_("°F and miles"), NULL };

static const struct field options[] = {
	CHOICE_FIELD(struct weather_options, units, N_("units of the weather"), .choices = units,
		     .labels = unit_labels, .preset = "metric", .private = true),
	END_OF_FIELDS(struct weather_options),
};

/* As buttons carry it: in thousandths of a degree. */
struct place {
	int latitude, longitude;
	const char *name;
};

/* --- what OpenWeather says -------------------------------------------------------------------- */

/* Rounded; whatever is no temperature or speed of this world becomes its limit. */
static int rounded(double value)
{
	if (!(value > -9999))
		return -9999;
	if (value > 9999)
		return 9999;
	return (int)(value < 0 ? value - 0.5 : value + 0.5);
}

/* The language of the answer: "pt_br", "de". */
static const char *language(struct ctx *ctx)
{
	const char *locale = ctx_locale(ctx);

	if (strcmp(locale, "pt_BR") == 0)
		return "pt_br";
	return ctx_printf(ctx, "%.2s", locale);
}

/* By the first two characters of the name of their picture; the third is day or night. */
static const char *emoji_of(const char *icon)
{
	static const struct {
		const char *icon, *emoji;
	} all[] = {
		{ "01n", "🌙" },     { "01", "☀️" }, { "02", "🌤" }, { "03", "⛅" },
		{ "04", "☁️" }, { "09", "🌧" },   { "10", "🌦" }, { "11", "⛈" },
		{ "13", "❄️" }, { "50", "🌫" },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strncmp(icon, all[i].icon, strlen(all[i].icon)) == 0)
			return all[i].emoji;
	return "🌡";
}

static bool is_imperial(struct ctx *ctx)
{
	const struct weather_options *chosen = ctx_options(ctx);

	return strcmp(chosen->units, "imperial") == 0;
}

static const struct answer *fetch(struct ctx *ctx, const char *what, const struct place *place)
{
	return ctx_fetch_json(ctx, KEEP_S, API "data/2.5/%s?lat=%s&lon=%s&units=%s&lang=%s", what,
			      ctx_printf(ctx, "%.3f", place->latitude / 1000.0),
			      ctx_printf(ctx, "%.3f", place->longitude / 1000.0),
			      is_imperial(ctx) ? "imperial" : "metric", language(ctx));
}

/* Why the answer is of no use. */
static const char *explain(struct ctx *ctx, const struct answer *answer)
{
	return answer_ok(answer) ? _("OpenWeather tells nothing about that place.")
				 : answer_error(answer);
}

/* As much of a name as a button carries, without the state: "Springfield, US". */
static const char *brief_name(struct ctx *ctx, const char *name)
{
	const char *last = strrchr(name, ',');
	size_t length;

	if (strlen(name) > CARRIED_MAX_BYTES && last)
		name = ctx_printf(ctx, "%.*s%s", (int)strcspn(name, ","), name, last);
	length = strnlen(name, CARRIED_MAX_BYTES);
	while (length < strlen(name) && ((uint8_t)name[length] & 0xc0) == 0x80)
		length--;
	return ctx_printf(ctx, "%.*s", (int)length, name);
}

/* --- now -------------------------------------------------------------------------------------- */

static void add_line(struct draft *draft, const char *label, const char *value)
{
	draft_add(draft, "\n<b>%s:</b> %s", label, value);
}

/* NULL, or why there is nothing to write. */
static const char *write_now(struct ctx *ctx, struct draft *draft, const struct place *place)
{
	const struct answer *now = fetch(ctx, "weather", place);
	const char *degree = is_imperial(ctx) ? "°F" : "°C";
	double wind;

	if (!answer_has(now, "main.temp"))
		return explain(ctx, now);
	draft_add(draft, "<b>%s</b>\n", place->name[0] ? place->name : answer_text(now, "name"));
	draft_add(draft, "%s %d %s", emoji_of(answer_text(now, "weather.0.icon")),
		  rounded(answer_number(now, "main.temp")), degree);
	if (answer_text(now, "weather.0.description")[0])
		draft_add(draft, ", %s", answer_text(now, "weather.0.description"));
	add_line(draft, _("Feels like"),
		 ctx_printf(ctx, "%d %s", rounded(answer_number(now, "main.feels_like")), degree));
	add_line(draft, _("Humidity"),
		 ctx_printf(ctx, "%d %%", rounded(answer_number(now, "main.humidity"))));
	wind = answer_number(now, "wind.speed");
	add_line(draft, _("Wind"),
		 is_imperial(ctx) ? ctx_printf(ctx, "%d mph", rounded(wind))
				  : ctx_printf(ctx, "%d km/h", rounded(wind * 3.6)));
	draft_button(draft, _("Next days"), "days:%d:%d:%.27s", place->latitude, place->longitude,
		     brief_name(ctx, place->name));
	return NULL;
}

/* --- the next days ---------------------------------------------------------------------------- */

struct day {
	int64_t number; /* since 1970, where the place is */
	double coldest, warmest, rain;
	int64_t from_noon_s; /* of the step whose picture is shown */
	const char *icon;
};

static void add_step(struct ctx *ctx, const struct answer *forecast, size_t index, struct day *day,
		     int64_t second)
{
	const char *at = ctx_printf(ctx, "list.%zu.", index);
	double low = answer_number(forecast, ctx_printf(ctx, "%smain.temp_min", at));
	double high = answer_number(forecast, ctx_printf(ctx, "%smain.temp_max", at));
	double rain = answer_number(forecast, ctx_printf(ctx, "%spop", at));
	int64_t from_noon_s = llabs(second - NOON_S);

	if (!day->icon || low < day->coldest)
		day->coldest = low;
	if (!day->icon || high > day->warmest)
		day->warmest = high;
	if (rain > day->rain)
		day->rain = rain;
	if (!day->icon || from_noon_s < day->from_noon_s) {
		day->from_noon_s = from_noon_s;
		day->icon = answer_text(forecast, ctx_printf(ctx, "%sweather.0.icon", at));
	}
}

/* Returns how many days there are. */
static size_t collect(struct ctx *ctx, const struct answer *forecast, struct day days[DAYS])
{
	int64_t shift_s = answer_integer(forecast, "city.timezone");
	size_t count = 0;

	for (size_t i = 0; i < answer_count(forecast, "list") && i < STEPS_MAX; i++) {
		int64_t at_s = answer_integer(forecast, ctx_printf(ctx, "list.%zu.dt", i));
		int64_t number;

		if (at_s <= 86400 || at_s > UINT32_MAX || llabs(shift_s) > 86400)
			continue;
		number = (at_s + shift_s) / 86400;
		if (!count || days[count - 1].number != number) {
			if (count == DAYS)
				break;
			days[count++] = (struct day) { .number = number };
		}
		add_step(ctx, forecast, i, &days[count - 1], (at_s + shift_s) % 86400);
	}
	return count;
}

static const char *write_days(struct ctx *ctx, struct draft *draft, const struct place *place)
{
	/* 1 January 1970 was one. */
	static const char *const names[] = { N_("Thursday"), N_("Friday"), N_("Saturday"),
					     N_("Sunday"),   N_("Monday"), N_("Tuesday"),
					     N_("Wednesday") };
	const struct answer *forecast = fetch(ctx, "forecast", place);
	const char *degree = is_imperial(ctx) ? "°F" : "°C";
	struct day days[DAYS];
	size_t count;

	count = collect(ctx, forecast, days);
	if (!count)
		return explain(ctx, forecast);
	draft_add(draft, "<b>%s</b>\n",
		  place->name[0] ? place->name : answer_text(forecast, "city.name"));
	for (size_t i = 0; i < count; i++) {
		draft_add(draft, "\n%s <b>%s:</b> %d … %d %s", emoji_of(days[i].icon),
			  ctx_translate(ctx, names[days[i].number % 7]), rounded(days[i].coldest),
			  rounded(days[i].warmest), degree);
		if (rounded(days[i].rain * 100) > 0)
			draft_add(draft, ", 💧 %d %%", rounded(days[i].rain * 100));
	}
	draft_button(draft, _("Now"), "now:%d:%d:%.27s", place->latitude, place->longitude,
		     brief_name(ctx, place->name));
	return NULL;
}

/* --- places ----------------------------------------------------------------------------------- */

/* "São Paulo, BR"; in the language of the chat where there is a name in it. */
static const char *name_of(struct ctx *ctx, const struct answer *found, size_t index)
{
	const char *local = answer_text(
		found, ctx_printf(ctx, "%zu.local_names.%.2s", index, ctx_locale(ctx)));
	const char *name = answer_text(found, ctx_printf(ctx, "%zu.name", index));
	const char *state = answer_text(found, ctx_printf(ctx, "%zu.state", index));
	const char *country = answer_text(found, ctx_printf(ctx, "%zu.country", index));

	return ctx_printf(ctx, "%s%s%s%s%s", local[0] ? local : name, state[0] ? ", " : "", state,
			  country[0] ? ", " : "", country);
}

static int coordinate(const struct answer *found, const char *path, double limit)
{
	double degrees = answer_number(found, path);

	return degrees >= -limit && degrees <= limit ? (int)(degrees * 1000) : 0;
}

static bool is_listed(const struct place *places, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(places[i].name, name) == 0)
			return true;
	return false;
}

/* Those of one name, each once: OpenWeather has some twice. */
static size_t read_places(struct ctx *ctx, const struct answer *found, struct place *out)
{
	size_t count = 0;

	for (size_t i = 0; i < answer_count(found, "") && i < PLACES; i++) {
		const char *name = name_of(ctx, found, i);

		if (!answer_has(found, ctx_printf(ctx, "%zu.lat", i)) ||
		    is_listed(out, count, name))
			continue;
		out[count++] = (struct place) {
			.latitude = coordinate(found, ctx_printf(ctx, "%zu.lat", i), 90),
			.longitude = coordinate(found, ctx_printf(ctx, "%zu.lon", i), 180),
			.name = name,
		};
	}
	return count;
}

static enum verdict ask_which(struct ctx *ctx, const struct place *places, size_t count)
{
	struct draft *draft = ctx_draft(ctx);

	draft_add(draft, "%s", _("There are several places of that name. Which one?"));
	for (size_t i = 0; i < count; i++) {
		draft_button(draft, places[i].name, "now:%d:%d:%.27s", places[i].latitude,
			     places[i].longitude, brief_name(ctx, places[i].name));
		draft_row(draft);
	}
	return draft_reply(draft);
}

static enum verdict say_now(struct ctx *ctx, const struct place *place)
{
	struct draft *draft = ctx_draft(ctx);
	const char *why = write_now(ctx, draft, place);

	return why ? ctx_reply(ctx, "%s", why) : draft_reply(draft);
}

static enum verdict look_up(struct ctx *ctx, const char *asked)
{
	struct place places[PLACES];
	const struct answer *found;
	size_t count;

	if (strlen(asked) > PLACE_MAX_BYTES)
		return ctx_reply(ctx, _("No place has such a long name."));
	found = ctx_fetch_json(ctx, KEEP_PLACES_S, API "geo/1.0/direct?q=%s&limit=%d", asked,
			       PLACES);
	if (!answer_ok(found))
		return ctx_reply(ctx, "%s", answer_error(found));
	count = read_places(ctx, found, places);
	if (!count)
		return ctx_reply(ctx, _("OpenWeather knows no place called “%s”."), asked);
	return count > 1 ? ask_which(ctx, places, count) : say_now(ctx, &places[0]);
}

/* --- the command and its buttons -------------------------------------------------------------- */

static enum verdict show(struct ctx *ctx, const struct command *cmd)
{
	static const char location[] = "message.reply_to_message.location";
	const struct answer *update = ctx_update(ctx);
	struct place place = { .name = "" };

	if (cmd->args[0])
		return look_up(ctx, cmd->args);
	if (!answer_has(update, location))
		return ctx_reply(ctx,
				 _("Write a place after the command, or reply to a location."));
	place.latitude = coordinate(update, ctx_printf(ctx, "%s.latitude", location), 90);
	place.longitude = coordinate(update, ctx_printf(ctx, "%s.longitude", location), 180);
	return say_now(ctx, &place);
}

typedef const char *write_fn(struct ctx *, struct draft *, const struct place *);

static enum verdict turn(struct ctx *ctx, const struct button *button, write_fn *write)
{
	const struct place place = { .latitude = (int)slug_integer(ctx, 0),
				     .longitude = (int)slug_integer(ctx, 1),
				     .name = slug_text(ctx, 2) };
	struct draft *draft = ctx_draft(ctx);
	const char *why = write(ctx, draft, &place);

	return why ? ctx_alert(ctx, "%s", why) : draft_edit(draft, button);
}

static enum verdict turn_to_now(struct ctx *ctx, const struct button *button)
{
	return turn(ctx, button, write_now);
}

static enum verdict turn_to_days(struct ctx *ctx, const struct button *button)
{
	return turn(ctx, button, write_days);
}

static const struct route routes[] = {
	COMMAND("weather clima", show, .usage = N_("<place>"), .typing = "typing",
		.help = N_("the weather at a place")),
	BUTTON("now:%d:%d:%.27s", turn_to_now),
	BUTTON("days:%d:%d:%.27s", turn_to_days),
	END_OF_ROUTES,
};

const struct module weather_module = {
	.name = "weather",
	.title = N_("Weather"),
	.icon = "⛅",
	.about = N_("From OpenWeather, which learns about which place somebody asked, and not who "
		    "did."),
	.options = options,
	.routes = routes,
	/* What it gives away: sixty calls a minute. */
	.hosts = HOSTS(HOST("api.openweathermap.org", .key = "KORONE_OPENWEATHER_KEY",
			    .query = "appid", .needed = true, .per_second = 1)),
};
