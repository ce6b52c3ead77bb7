/* page_alerts.h - which alerts of deploy/monitoring/alerts.yml would fire, by what ingress and
 * crashd tell: the same conditions, and for as long. What happened before the page was started is
 * not known here.
 *
 * Of pools and recorders it cannot see lines of the log that were dropped, a pool's refused token,
 * and how often a pool was started: only their own /metrics have these. A recorder's errors are
 * judged by the state of its stores. */
#ifndef KORONECTL_PAGE_ALERTS_H
#define KORONECTL_PAGE_ALERTS_H

#include <jansson.h>
#include <stdint.h>

struct page_alerts;

/* What was learned at a time; of what does not answer NULL. */
struct page_evidence {
	uint64_t now_ms;
	const json_t *ingress, *crashd;               /* /status */
	const char *ingress_metrics, *crashd_metrics; /* /metrics */
};

struct page_alerts *page_alerts_create(void);
void page_alerts_destroy(struct page_alerts *alerts);
/* An array of those whose condition holds: {"name", "fires": bool, "in_s": until it would fire}.
 * The caller owns it. Times of calls never go back. */
json_t *page_alerts_judge(struct page_alerts *alerts, const struct page_evidence *evidence);

/* --- for unit tests --------------------------------------------------------------------------- */

/* The name of the rule by this place and how long its condition must hold; NULL after the last. */
const char *page_alerts_rule(size_t place, unsigned *for_s);

#endif
