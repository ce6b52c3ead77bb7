/* news.h - who gets the operators' news: groups unless an administrator does not want them, people
 * who asked for them. */
#ifndef WORKERS_MODULES_OPERATORS_NEWS_H
#define WORKERS_MODULES_OPERATORS_NEWS_H

#include "workers/module.h"

/* The option of groups. */
struct news_options {
	bool news;
};

extern const struct field news_fields[];

/* /news: shows and changes it, for this person or this group. */
command_fn news_show;
/* The button below news. */
button_fn news_stop;
#define NEWS_STOP "nonews"
button_fn news_switch;
#define NEWS_SWITCH "news:%d"

/* What people have who want news: their setting's value is the locale that they had then. */
#define NEWS_KEY "news"
#define NEWS_YES "yes"
#define NEWS_LOCALE_KEY "locale"

#endif
