/* crash.h - the end of a child in the middle of an update, in a conversation: its handler runs
 * again from the start, and finds what it had stored.
 *
 * With --crash-everywhere the first try of each update ends after its first write or call, the next
 * after its second, and so on until one comes to its end. What people see, what is stored and what
 * Telegram did must be the same. */
#ifndef TESTS_MODULES_CRASH_H
#define TESTS_MODULES_CRASH_H

#include "common/message.h"
#include "tests/modules/fake_storage.h"
#include "workers/host/host.h"

/* From here on. */
void crash_everywhere(void);
/* fake_storage_table, with ends after its writes. */
struct storage crash_storage(void);
/* What was answered to this call in an earlier try; false: nothing, make it. A program runs again
 * in either case, since its file is gone. */
bool crash_find_result(const struct call *call, struct call_result *out);
/* A call has been made. */
void crash_after_call(const struct call *call, const struct call_result *result);
/* host_handle(), as often as it takes. */
void crash_handle(struct host *host, struct message_item *item, struct host_outcome *out);

#endif
