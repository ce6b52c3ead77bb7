#include "simulator/method_payments.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"
#include "simulator/action_pay.h"
#include "simulator/ascii.h"
#include "simulator/sending.h"
#include "simulator/service.h"
#include "simulator/sim.h"

/* sendInvoice */
#define TITLE_UNITS_MAX 32
#define DESCRIPTION_UNITS_MAX 255
#define PAYLOAD_MAX 128 /* bytes */
#define TIPS_MAX 4

static bool require(struct call *call, const char *name)
{
	return *parameters_text(call->parameters, name) ||
	       call_fail(call, 400, "Bad Request: parameter \"%s\" is required", name);
}

static bool add_price(struct call *call, const json_t *price, int64_t *total)
{
	const char *label = json_string_value(json_object_get(price, "label"));
	const json_t *amount = json_object_get(price, "amount");

	if (!json_is_object(price))
		return call_fail(call, 400,
				 "Bad Request: can't parse labeled price: LabeledPrice "
				 "must be an Object");
	if (!label || !*label)
		return call_fail(
			call, 400,
			"Bad Request: can't parse labeled price: LabeledPrice label must be "
			"non-empty");
	if (!json_is_integer(amount))
		return call_fail(
			call, 400,
			"Bad Request: can't parse labeled price: Can't find field \"amount\"");
	*total += json_integer_value(amount);
	return true;
}

static bool take_prices(struct call *call, bool in_stars, int64_t *total)
{
	json_t *list = json_loads(parameters_text(call->parameters, "prices"), 0, NULL);
	bool ok = true;

	*total = 0;
	if (!list)
		ok = call_fail(call, 400, "Bad Request: can't parse prices JSON object");
	else if (!json_is_array(list))
		ok = call_fail(call, 400, "Bad Request: expected an Array of labeled prices");
	else if (json_array_size(list) == 0)
		ok = call_fail(call, 400, "Bad Request: there must be at least one price");
	else if (in_stars && json_array_size(list) != 1)
		ok = call_fail(call, 400, "Bad Request: STARS_INVOICE_INVALID");
	for (size_t i = 0; ok && i < json_array_size(list); i++)
		ok = add_price(call, json_array_get(list, i), total);
	json_decref(list);
	return ok && (*total > 0 || call_fail(call, 400,
					      "Bad Request: CURRENCY_TOTAL_AMOUNT_"
					      "INVALID"));
}

/* The invoice as JSON: what Message.invoice has, and what the payer's queries need. */
static char *take_invoice(struct call *call)
{
	const struct parameters *parameters = call->parameters;
	const char *title = parameters_text(parameters, "title");
	const char *description = parameters_text(parameters, "description");
	const char *payload = parameters_text(parameters, "payload");
	const char *currency = parameters_text(parameters, "currency");
	bool in_stars = !strcmp(currency, "XTR");
	int64_t total;
	json_t *invoice;
	char *dump;

	if (!require(call, "title") || !require(call, "description") || !require(call, "payload") ||
	    !require(call, "currency") || !require(call, "prices") ||
	    !take_prices(call, in_stars, &total))
		return NULL;
	if (utf8_units(title, strlen(title)) > TITLE_UNITS_MAX ||
	    utf8_units(description, strlen(description)) > DESCRIPTION_UNITS_MAX) {
		call_fail(call, 400, "Bad Request: INVOICE_INVALID");
		return NULL;
	}
	if (strlen(payload) > PAYLOAD_MAX) {
		call_fail(call, 400, "Bad Request: INVOICE_PAYLOAD_INVALID");
		return NULL;
	}
	if (strlen(currency) != 3 || strspn(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3) {
		call_fail(call, 400, "Bad Request: CURRENCY_INVALID");
		return NULL;
	}
	if (in_stars == (*parameters_text(parameters, "provider_token") != '\0')) {
		call_fail(call, 400, "Bad Request: PAYMENT_PROVIDER_INVALID");
		return NULL;
	}
	invoice = json_pack("{sssssssIsssb}", "title", title, "description", description,
			    "currency", currency, "total_amount", (json_int_t)total, "payload",
			    payload, "flexible",
			    parameters_bool(parameters, "is_flexible") && !in_stars);
	json_object_set_new(invoice, "start_parameter",
			    json_string(parameters_text(parameters, "start_parameter")));
	dump = json_dumps(invoice, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(invoice);
	return dump;
}

static const char *content_of(struct call *call, const char *text)
{
	json_t *invoice = json_loads(text, 0, NULL);
	const char *content;
	char *dump;

	json_object_del(invoice, "payload");
	json_object_del(invoice, "flexible");
	dump = json_dumps(invoice, JSON_COMPACT | JSON_ENSURE_ASCII);
	content = arena_printf(call->arena, "\"invoice\":%s", dump);
	free(dump);
	json_decref(invoice);
	return content;
}

void method_send_invoice(struct call *call)
{
	struct sending sending = { .permission = MAY_SEND_MESSAGES, .plural = "invoice messages" };
	char *invoice = take_invoice(call);

	if (!invoice)
		return;
	sending.content = content_of(call, invoice);
	if (sending_begin(call, &sending))
		sending_finish(call, &sending)->invoice = invoice;
	else
		free(invoice);
}

void method_create_invoice_link(struct call *call)
{
	char *invoice = take_invoice(call);
	const char *link = invoice ? payments_add_link(&call->sim->payments, invoice) : NULL;

	if (link)
		json_text(&call->result, link);
	else if (invoice)
		call_fail(call, 400, "Bad Request: too many invoice links");
	free(invoice);
}

/* --- those who pay -----------------------------------------------------------------------------
 */

static struct query *take_query(struct call *call, enum query_kind kind, const char *name)
{
	struct query *query;

	if (!require(call, name) || !require(call, "ok"))
		return NULL;
	if (!parameters_bool(call->parameters, "ok") &&
	    !*parameters_text(call->parameters, "error_message")) {
		call_fail(call, 400, "Bad Request: parameter \"error_message\" is required");
		return NULL;
	}
	query = queries_answer(&call->sim->queries, kind, parameters_id(call->parameters, name),
			       sim_now_s(call->sim));
	if (!query)
		call_fail(call, 400,
			  "Bad Request: query is too old and response timeout expired or query "
			  "ID is invalid");
	return query;
}

static bool check_shipping_options(struct call *call)
{
	json_t *list;
	bool ok = true;

	if (!parameters_bool(call->parameters, "ok"))
		return true;
	list = json_loads(parameters_text(call->parameters, "shipping_options"), 0, NULL);
	if (!list)
		return call_fail(call, 400,
				 "Bad Request: can't parse shipping options JSON object");
	if (!json_is_array(list))
		ok = call_fail(call, 400, "Bad Request: expected an Array of shipping options");
	else if (json_array_size(list) == 0)
		ok = call_fail(call, 400,
			       "Bad Request: there must be at least one shipping option");
	json_decref(list);
	return ok;
}

/* Then comes the pre-checkout query. */
void method_answer_shipping_query(struct call *call)
{
	struct query *query;

	if (!check_shipping_options(call))
		return;
	query = take_query(call, QUERY_SHIPPING, "shipping_query_id");
	if (!query)
		return;
	if (parameters_bool(call->parameters, "ok") && query->text)
		action_check_out(call->sim, query->person, query->chat, query->text);
	call_result_true(call);
}

void method_answer_pre_checkout_query(struct call *call)
{
	struct query *query = take_query(call, QUERY_PRE_CHECKOUT, "pre_checkout_query_id");

	if (!query)
		return;
	if (parameters_bool(call->parameters, "ok") && query->text)
		action_paid(call->sim, query->person, query->chat, query->text);
	call_result_true(call);
}

void method_refund_star_payment(struct call *call)
{
	struct person *person;
	struct payment *payment = payments_find(
		&call->sim->payments,
		parameters_text(call->parameters, "telegram_payment_charge_id"));
	struct buffer out = { 0 };
	struct json json = json_start(&out);

	if (!call_person(call, &person) || !require(call, "telegram_payment_charge_id"))
		return;
	if (!payment || payment->person != person || !payment->in_stars) {
		call_fail(call, 400, "Bad Request: CHARGE_NOT_FOUND");
		return;
	}
	if (payment->is_refunded) {
		call_fail(call, 400, "Bad Request: CHARGE_ALREADY_REFUNDED");
		return;
	}
	payment->is_refunded = true;
	json_key(&json, "refunded_payment");
	json_object_start(&json);
	json_key_text(&json, "currency", "XTR");
	json_key_int(&json, "total_amount", payment->amount);
	ascii_key_text(&json, "invoice_payload", payment->payload);
	json_key_text(&json, "telegram_payment_charge_id", payment->charge_id);
	json_object_end(&json);
	service_tell(call->sim, payment->chat, person, 0, buffer_text(&out));
	buffer_finish(&out);
	call_result_true(call);
}
