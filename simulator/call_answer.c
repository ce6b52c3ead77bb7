#include "simulator/call_answer.h"

#include <stdio.h>

#include "simulator/sim.h"

void call_answer_error(struct sim *sim, struct exchange *exchange, int code,
		       const char *description, uint64_t after_ms)
{
	char body[256];
	int size = snprintf(body, sizeof(body),
			    "{\"ok\":false,\"error_code\":%d,\"description\":\"%s\"}", code,
			    description);
	struct answer answer = { .status = code, .body = body, .size = (size_t)size };

	if (after_ms > 0)
		delayed_answers_add(&sim->delayed, exchange, &answer, after_ms);
	else
		exchange_answer(exchange, &answer);
}

void call_answer(struct sim *sim, struct exchange *exchange, const struct fault *fault,
		 const struct answer *right)
{
	static const char garbage[] = "\x16\x03\x01\x02 no HTTP at all\r\n\r\n\xff\xfe";
	static const char page[] = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"
				   "<body><center><h1>502 Bad Gateway</h1></center></body></html>";

	switch (fault->mode) {
	case FAULT_NONE:
	case FAULT_ERROR: /* `right` is that error */
		if (sim->options.delay_ms > 0)
			delayed_answers_add(&sim->delayed, exchange, right,
					    (uint64_t)sim->options.delay_ms);
		else
			exchange_answer(exchange, right);
		break;
	case FAULT_SLOW:
		delayed_answers_add(&sim->delayed, exchange, right, fault->delay_ms);
		break;
	case FAULT_SILENT:
		exchange_on_gone(exchange, NULL, NULL);
		break;
	case FAULT_HALF:
		exchange_answer_part(exchange, right, right->size / 2);
		break;
	case FAULT_GARBAGE:
		exchange_break(exchange, garbage, sizeof(garbage) - 1);
		break;
	case FAULT_NOT_JSON:
		exchange_answer(
			exchange,
			&(struct answer) { .status = 200, .body = "{\"ok\":tru", .size = 9 });
		break;
	case FAULT_HTML:
		exchange_answer(exchange, &(struct answer) { .status = 502,
							     .content_type = "text/html",
							     .body = page,
							     .size = sizeof(page) - 1 });
		break;
	case FAULT_CLOSE:
		exchange_break(exchange, NULL, 0);
		break;
	case FAULT_RESET:
		exchange_reset(exchange);
		break;
	}
}
