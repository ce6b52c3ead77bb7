/* page_assets.h - the files of page/, which are in the program as bytes. */
#ifndef SIMULATOR_PAGE_ASSETS_H
#define SIMULATOR_PAGE_ASSETS_H

#include "common/web/page.h"

/* NULL when there is none. */
const struct page_asset *page_asset_find(const char *path);

#endif
