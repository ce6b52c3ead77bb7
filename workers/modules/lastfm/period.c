/* period.c - since when something is counted. */
#include "workers/modules/lastfm/lastfm.h"

const char *const lastfm_periods[] = { "7day",    "1month",  "3month", "6month",
				       "12month", "overall", NULL };
const char *const lastfm_period_labels[] = {
	N_("week"), N_("month"), N_("quarter"), N_("half-year"), N_("year"), N_("always"), NULL
};
