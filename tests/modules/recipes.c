/* recipes.c - the recipes of the guide, alphabetical. */
#include "tests/modules/examples.h"

#include <stddef.h>

#include "workers/module.h"

#define RECIPES(RECIPE)       \
	RECIPE(admin_only)    \
	RECIPE(album)         \
	RECIPE(arguments)     \
	RECIPE(cached_api)    \
	RECIPE(call_result)   \
	RECIPE(captcha)       \
	RECIPE(choose_chat)   \
	RECIPE(cleanup)       \
	RECIPE(cooldown)      \
	RECIPE(copy)          \
	RECIPE(counter)       \
	RECIPE(deep_link)     \
	RECIPE(dice)          \
	RECIPE(download)      \
	RECIPE(echo_media)    \
	RECIPE(elsewhere)     \
	RECIPE(everywhere)    \
	RECIPE(flood)         \
	RECIPE(form)          \
	RECIPE(forwarded)     \
	RECIPE(greeting)      \
	RECIPE(guard)         \
	RECIPE(inline_search) \
	RECIPE(join_request)  \
	RECIPE(kang)          \
	RECIPE(lastfm)        \
	RECIPE(members_only)  \
	RECIPE(menu)          \
	RECIPE(mute)          \
	RECIPE(named)         \
	RECIPE(night)         \
	RECIPE(no_links)      \
	RECIPE(notes)         \
	RECIPE(operators)     \
	RECIPE(options)       \
	RECIPE(payment)       \
	RECIPE(photo)         \
	RECIPE(photo_answer)  \
	RECIPE(plural)        \
	RECIPE(poll)          \
	RECIPE(post)          \
	RECIPE(program)       \
	RECIPE(question)      \
	RECIPE(reaction)      \
	RECIPE(remind)        \
	RECIPE(rules)         \
	RECIPE(sed)           \
	RECIPE(setting)       \
	RECIPE(sticker_set)   \
	RECIPE(topic)         \
	RECIPE(upload)        \
	RECIPE(warnings)      \
	RECIPE(welcome)

#define RECIPE_DECLARE(name) extern const struct module name##_recipe;
RECIPES(RECIPE_DECLARE)
#undef RECIPE_DECLARE

const struct module *const recipe_modules[] = {
#define RECIPE_ROW(name) &name##_recipe,
	RECIPES(RECIPE_ROW)
#undef RECIPE_ROW
		NULL,
};
