/* page_assets.h - the files of page/, which are in the program as bytes. */
#ifndef SIMULATOR_PAGE_ASSETS_H
#define SIMULATOR_PAGE_ASSETS_H

#include <stddef.h>

struct page_asset {
	const char *path, *content_type;
	const char *bytes;
	size_t size;
};

/* NULL when there is none. */
const struct page_asset *page_asset_find(const char *path);

#endif
