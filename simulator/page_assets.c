#include "simulator/page_assets.h"

#include <string.h>

#include "common/xalloc.h"

/* The assembler reads the file, seen from the root of the sources, where make compiles. */
#define ASSET(name, file)                                                                   \
	__asm__(".section .rodata\n" #name ":\n.incbin \"simulator/page/" file "\"\n" #name \
		"_end:\n.byte 0\n.previous\n");                                             \
	extern const char name[], name##_end[]

ASSET(page_index, "index.html");
ASSET(page_style, "style.css");
ASSET(page_icon, "icon.svg");
#define MODULES(X)      \
	X(api)          \
	X(chats)        \
	X(composer)     \
	X(conversation) \
	X(dom)          \
	X(keyboards)    \
	X(main)         \
	X(message)      \
	X(panel)        \
	X(people)       \
	X(state)        \
	X(text)         \
	X(transcript)   \
	X(window)

#define ASSET_OF(name) ASSET(page_##name, #name ".js");
MODULES(ASSET_OF)

const struct page_asset *page_asset_find(const char *path)
{
#define ROW_OF(name)                                            \
	{ "/page/" #name ".js", "text/javascript", page_##name, \
	  (size_t)(page_##name##_end - page_##name) },
	const struct page_asset assets[] = { { "/", "text/html; charset=utf-8", page_index,
					       (size_t)(page_index_end - page_index) },
					     { "/page/style.css", "text/css", page_style,
					       (size_t)(page_style_end - page_style) },
					     { "/page/icon.svg", "image/svg+xml", page_icon,
					       (size_t)(page_icon_end - page_icon) },
					     MODULES(ROW_OF) };
	static struct page_asset found;

	for (size_t i = 0; i < COUNT_OF(assets); i++) {
		if (!strcmp(assets[i].path, path)) {
			found = assets[i];
			return &found;
		}
	}
	return NULL;
}
