#include "simulator/action_pay.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/xalloc.h"
#include "simulator/ascii.h"
#include "simulator/queries.h"
#include "simulator/service.h"
#include "simulator/sim.h"

static const char *text_of_key(const json_t *invoice, const char *key)
{
	const char *text = json_string_value(json_object_get(invoice, key));

	return text ? text : "";
}

static struct query *add_query(struct sim *sim, enum query_kind kind, struct person *person,
			       struct chat *chat, const char *invoice)
{
	struct query *query = queries_add(&sim->queries, kind, person, invoice, sim_now_s(sim));

	query->chat = chat;
	return query;
}

static void key_id(struct json *json, const struct query *query)
{
	char id[24];

	snprintf(id, sizeof(id), "%lld", (long long)query->id);
	json_key_text(json, "id", id);
}

const struct query *action_pay(struct sim *sim, struct person *person, struct chat *chat,
			       const char *text)
{
	json_t *invoice = json_loads(text, 0, NULL);
	struct query *query;
	struct json json;

	if (!json_is_true(json_object_get(invoice, "flexible"))) {
		json_decref(invoice);
		return action_check_out(sim, person, chat, text);
	}
	query = add_query(sim, QUERY_SHIPPING, person, chat, text);
	json = action_json(sim);
	json_object_start(&json);
	key_id(&json, query);
	compose_key_person(&json, "from", person);
	ascii_key_text(&json, "invoice_payload", text_of_key(invoice, "payload"));
	json_key(&json, "shipping_address");
	json_raw(&json,
		 "{\"country_code\":\"DE\",\"state\":\"\",\"city\":\"Berlin\",\"street_line1\":"
		 "\"Unter den Linden 1\",\"street_line2\":\"\",\"post_code\":\"10117\"}",
		 strlen("{\"country_code\":\"DE\",\"state\":\"\",\"city\":\"Berlin\","
			"\"street_line1\":\"Unter den Linden 1\",\"street_line2\":\"\","
			"\"post_code\":\"10117\"}"));
	json_object_end(&json);
	action_queue_update(sim, KIND_SHIPPING_QUERY, person, NULL);
	json_decref(invoice);
	return query;
}

const struct query *action_check_out(struct sim *sim, struct person *person, struct chat *chat,
				     const char *text)
{
	json_t *invoice = json_loads(text, 0, NULL);
	struct query *query = add_query(sim, QUERY_PRE_CHECKOUT, person, chat, text);
	struct json json = action_json(sim);

	json_object_start(&json);
	key_id(&json, query);
	compose_key_person(&json, "from", person);
	json_key_text(&json, "currency", text_of_key(invoice, "currency"));
	json_key_int(&json, "total_amount",
		     json_integer_value(json_object_get(invoice, "total_amount")));
	ascii_key_text(&json, "invoice_payload", text_of_key(invoice, "payload"));
	json_object_end(&json);
	action_queue_update(sim, KIND_PRE_CHECKOUT_QUERY, person, NULL);
	json_decref(invoice);
	return query;
}

void action_paid(struct sim *sim, struct person *person, struct chat *chat, const char *text)
{
	json_t *invoice = json_loads(text, 0, NULL);
	const char *currency = text_of_key(invoice, "currency");
	struct payment *payment = payments_add(&sim->payments, person, chat);
	struct buffer out = { 0 };
	struct json json = json_start(&out);

	payment->amount = json_integer_value(json_object_get(invoice, "total_amount"));
	payment->in_stars = !strcmp(currency, "XTR");
	payment->payload = xstrdup(text_of_key(invoice, "payload"));
	json_key(&json, "successful_payment");
	json_object_start(&json);
	json_key_text(&json, "currency", currency);
	json_key_int(&json, "total_amount", payment->amount);
	ascii_key_text(&json, "invoice_payload", payment->payload);
	json_key_text(&json, "telegram_payment_charge_id", payment->charge_id);
	json_key_text(&json, "provider_payment_charge_id",
		      payment->in_stars ? "" : payment->charge_id);
	json_object_end(&json);
	service_tell(sim, chat, person, 0, buffer_text(&out));
	buffer_finish(&out);
	json_decref(invoice);
}
