#include "simulator/page_assets.h"

#include <string.h>

#include "common/xalloc.h"

PAGE_FILE(page_index, "simulator/page/index.html");
PAGE_FILE(page_style, "simulator/page/style.css");
PAGE_FILE(page_icon, "common/web/page/icon.svg");
PAGE_FILE(page_base, "common/web/page/base.css");
PAGE_FILE(page_dom, "common/web/page/dom.js");
#define MODULES(X)      \
	X(api)          \
	X(chats)        \
	X(composer)     \
	X(conversation) \
	X(keyboards)    \
	X(main)         \
	X(message)      \
	X(panel)        \
	X(people)       \
	X(state)        \
	X(text)         \
	X(transcript)   \
	X(voice)        \
	X(window)

#define ASSET_OF(name) PAGE_FILE(page_##name, "simulator/page/" #name ".js");
MODULES(ASSET_OF)

const struct page_asset *page_asset_find(const char *path)
{
#define ROW_OF(name) PAGE_ASSET("/page/" #name ".js", "text/javascript", page_##name),
	const struct page_asset assets[] = {
		PAGE_ASSET("/", "text/html; charset=utf-8", page_index),
		PAGE_ASSET("/page/style.css", "text/css", page_style),
		PAGE_ASSET("/page/base.css", "text/css", page_base),
		PAGE_ASSET("/page/icon.svg", "image/svg+xml", page_icon),
		PAGE_ASSET("/page/dom.js", "text/javascript", page_dom),
		MODULES(ROW_OF)
	};
	static struct page_asset found;

	for (size_t i = 0; i < COUNT_OF(assets); i++) {
		if (!strcmp(assets[i].path, path)) {
			found = assets[i];
			return &found;
		}
	}
	return NULL;
}
