#include "simulator/method_send.h"

#include <string.h>

#include "common/clock.h"
#include "common/xalloc.h"
#include "simulator/formatting.h"
#include "simulator/sending.h"
#include "simulator/sim.h"

void method_send_message(struct call *call)
{
	struct sending sending = { .permission = MAY_SEND_MESSAGES, .plural = "text messages" };

	if (!send_formatted(call, "text", "entities", TEXT_UNITS_MAX, &sending.text))
		return;
	if (sending.text.length == 0) {
		call_fail(call, 400, "Bad Request: message text is empty");
		return;
	}
	if (!sending_begin(call, &sending))
		return;
	sending_finish(call, &sending);
	ledger_said(&call->sim->ledger, call->chat->id, sending.text.text, sending.text.length,
		    clock_boot_us());
}

void method_send_chat_action(struct call *call)
{
	static const char *const actions[] = {
		"typing",        "upload_photo",      "record_video",     "upload_video",
		"record_voice",  "upload_voice",      "upload_document",  "choose_sticker",
		"find_location", "record_video_note", "upload_video_note"
	};
	const char *action = parameters_text(call->parameters, "action");

	for (size_t i = 0; i < COUNT_OF(actions); i++) {
		if (!strcmp(actions[i], action)) {
			if (call_chat(call, true))
				call_result_true(call);
			return;
		}
	}
	call_fail(call, 400, "Bad Request: wrong parameter action in request");
}
