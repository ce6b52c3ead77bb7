"""Inline queries, deep links and payments in the simulator."""

import unittest

from test_botapi_sim_messages import NOT_MODIFIED, GroupCase

TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


def article(number, **more):
    return {"type": "article", "id": str(number), "title": "T",
            "input_message_content": {"message_text": f"<b>{number}</b>", "parse_mode": "HTML"},
            **more}


class InlineTest(GroupCase):
    def ask(self, text="q", **more):
        answer = self.simulator.control("inline", {"from": self.bob.id, "query": text, **more})
        return answer["query_id"]

    def answer(self, query_id, *results, **more):
        return self.call("answerInlineQuery", inline_query_id=query_id, results=list(results), **more)

    def choose(self, query_id, result_id, **more):
        return self.simulator.control("choose", {"query_id": query_id, "result_id": result_id, **more})

    def test_a_query_is_answered_and_a_result_chosen(self):
        query_id = self.ask("wetter", chat=self.group)
        query = self.updates()[-1]["inline_query"]
        self.assertEqual((query["query"], query["chat_type"], query["offset"], query["id"]),
                         ("wetter", "supergroup", "", query_id))
        buttons = {"inline_keyboard": [[{"text": "b", "callback_data": "d"}]]}
        self.assertTrue(self.answer(query_id, article(1), article(2, reply_markup=buttons))["ok"])
        with self.assertRaises(AssertionError):
            self.choose(query_id, "3")
        self.choose(query_id, "1")
        message, chosen = self.updates()
        self.assertEqual((message["message"]["text"], message["message"]["via_bot"]["username"],
                          message["message"]["from"]["id"]),
                         ("1", "korone_sim_bot", self.bob.id))
        self.assertEqual((chosen["chosen_inline_result"]["result_id"],
                          chosen["chosen_inline_result"].get("inline_message_id")), ("1", None))
        self.choose(query_id, "2")
        self.assertIn("inline_message_id", self.updates()[-1]["chosen_inline_result"])

    def test_a_message_sent_elsewhere_is_edited_by_its_inline_id(self):
        """The bot is not in that chat and sees neither the message nor its chat."""
        query_id = self.ask(chat=self.ann.id)
        self.assertEqual(self.updates()[-1]["inline_query"]["chat_type"], "private")
        buttons = {"inline_keyboard": [[{"text": "b", "callback_data": "d"}]]}
        self.answer(query_id, article(1, reply_markup=buttons))
        sent = self.choose(query_id, "1")
        update, = self.updates()
        inline = {"inline_message_id": update["chosen_inline_result"]["inline_message_id"]}
        self.assertIs(self.result("editMessageText", text="new", **inline), True)
        self.refused("editMessageText", 400, NOT_MODIFIED, text="new", **inline)
        self.refused("editMessageText", 400, "Bad Request: MESSAGE_ID_INVALID", text="new",
                     inline_message_id="x")
        self.result("editMessageReplyMarkup", reply_markup=buttons, **inline)
        self.simulator.control("press", {"from": self.ann.id, "message_id": sent["message_id"],
                                         "chat": sent["chat_id"], "button": "b"})
        query = self.updates()[-1]["callback_query"]
        self.assertEqual((query["inline_message_id"], query.get("message")),
                         (inline["inline_message_id"], None))

    def test_results_of_all_kinds(self):
        query_id = self.ask(chat=self.group)
        self.bob.does("photo", self.group)
        photo = self.updates()[-1]["message"]["photo"][-1]["file_id"]
        results = [
            {"type": "photo", "id": "photo", "photo_file_id": photo, "caption": "c"},
            {"type": "gif", "id": "animation", "gif_url": "https://example.org/a.gif"},
            {"type": "location", "id": "location", "latitude": 1.5, "longitude": 2, "title": "t"},
            {"type": "venue", "id": "venue", "latitude": 1, "longitude": 2, "title": "t",
             "address": "a"},
            {"type": "contact", "id": "contact", "phone_number": "+1", "first_name": "A"}]
        self.assertTrue(self.answer(query_id, *results)["ok"])
        for result in results:
            self.choose(query_id, result["id"])
            self.assertIn(result["id"], self.updates()[0]["message"])

    def test_what_is_refused(self):
        """answerInlineQuery: 50 results, ids of 64 bytes; get_inline_query_results in the server"""
        query_id = self.ask()
        for answer, text in (
                (self.answer(query_id, *map(article, range(51))),
                 "too many inline query results specified"),
                (self.answer(query_id, article(1), article(1)), "RESULT_ID_DUPLICATE"),
                (self.answer(query_id, article("1" * 65)), "RESULT_ID_INVALID"),
                (self.answer(query_id, {"type": "x", "id": "1"}), "can't parse inline query result: "
                 'type "x" is unsupported for the inline query result'),
                (self.answer(query_id, {"type": "article", "id": "1"}),
                 "input message content is not specified"),
                (self.answer(query_id, next_offset="o" * 65), "NEXT_OFFSET_INVALID"),
                (self.answer(query_id, button={"text": "a"}),
                 "InlineQueryResultsButton must have exactly one optional field"),
                (self.answer(query_id, button={"text": "a", "start_parameter": "ä"}),
                 "START_PARAM_INVALID"),
                (self.answer("77"), TOO_OLD[13:])):
            self.assertEqual(answer.get("description"), "Bad Request: " + text)
        self.assertTrue(self.answer(query_id)["ok"])
        self.assertEqual(self.answer(query_id)["description"], TOO_OLD, "only once")
        query_id = self.ask()
        self.later(31)
        self.assertEqual(self.answer(query_id)["description"], TOO_OLD)

    def test_deep_links(self):
        """https://core.telegram.org/bots/features#deep-linking"""
        self.simulator.control("start", {"from": self.bob.id, "payload": "ref_1"})
        self.assertEqual(self.updates()[-1]["message"]["text"], "/start ref_1")
        other = self.simulator.chat("Other", members=[self.bob])
        self.simulator.control("member", {"chat": other, "bot": True, "status": "left"})
        self.updates()
        self.simulator.control("start", {"from": self.bob.id, "payload": "x", "chat": other})
        added, said = self.updates()
        self.assertEqual((added["my_chat_member"]["new_chat_member"]["status"],
                          said["message"]["text"]), ("member", "/start@korone_sim_bot x"))
        with self.assertRaises(AssertionError):
            self.simulator.control("start", {"from": self.bob.id, "payload": "a" * 65})


class PaymentTest(GroupCase):
    def invoice(self, **more):
        return {"title": "T", "description": "D", "payload": "p-1", "currency": "XTR",
                "prices": [{"label": "L", "amount": 50}], **more}

    def pay(self, **more):
        return self.simulator.control("pay", {"from": self.ann.id, **more})["query_id"]

    def test_stars_are_paid_and_given_back(self):
        sent = self.result("sendInvoice", chat_id=self.ann.id, **self.invoice())
        self.assertEqual(sent["invoice"], {"title": "T", "description": "D", "currency": "XTR",
                                           "total_amount": 50, "start_parameter": ""})
        query_id = self.pay(message_id=sent["message_id"])
        query = self.updates()[-1]["pre_checkout_query"]
        self.assertEqual((query["invoice_payload"], query["total_amount"], query["id"]),
                         ("p-1", 50, query_id))
        self.result("answerPreCheckoutQuery", pre_checkout_query_id=query_id, ok=True)
        paid = self.updates()[-1]["message"]["successful_payment"]
        self.assertEqual((paid["invoice_payload"], paid["currency"]), ("p-1", "XTR"))
        refund = {"user_id": self.ann.id,
                  "telegram_payment_charge_id": paid["telegram_payment_charge_id"]}
        self.result("refundStarPayment", **refund)
        self.assertEqual(self.updates()[-1]["message"]["refunded_payment"]["total_amount"], 50)
        self.refused("refundStarPayment", 400, "Bad Request: CHARGE_ALREADY_REFUNDED", **refund)
        self.refused("refundStarPayment", 400, "Bad Request: CHARGE_NOT_FOUND", user_id=self.bob.id,
                     telegram_payment_charge_id=refund["telegram_payment_charge_id"])

    def test_the_bot_must_agree_within_ten_seconds(self):
        """answerPreCheckoutQuery"""
        link = self.result("createInvoiceLink", **self.invoice())
        for wait, ok in ((10, True), (11, False)):
            query_id = self.pay(link=link)
            self.later(wait)
            answer = self.call("answerPreCheckoutQuery", pre_checkout_query_id=query_id, ok=True)
            self.assertEqual(answer.get("description"), None if ok else TOO_OLD)
        query_id = self.pay(link=link)
        self.updates()
        self.refused("answerPreCheckoutQuery", 400,
                     'Bad Request: parameter "error_message" is required',
                     pre_checkout_query_id=query_id, ok=False)
        self.result("answerPreCheckoutQuery", pre_checkout_query_id=query_id, ok=False,
                    error_message="Sold out")
        self.assertEqual(self.updates(), [], "nothing was paid")

    def test_goods_that_are_shipped(self):
        sent = self.result("sendInvoice", chat_id=self.ann.id, **self.invoice(
            currency="EUR", provider_token="1:x", is_flexible=True,
            prices=[{"label": "a", "amount": 100}, {"label": "b", "amount": 19}]))
        query_id = self.pay(message_id=sent["message_id"])
        self.assertEqual(self.updates()[-1]["shipping_query"]["invoice_payload"], "p-1")
        self.refused("answerShippingQuery", 400,
                     "Bad Request: there must be at least one shipping option",
                     shipping_query_id=query_id, ok=True, shipping_options=[])
        self.result("answerShippingQuery", shipping_query_id=query_id, ok=True, shipping_options=[
            {"id": "a", "title": "Post", "prices": [{"label": "c", "amount": 1}]}])
        query = self.updates()[-1]["pre_checkout_query"]
        self.assertEqual((query["currency"], query["total_amount"]), ("EUR", 119))

    def test_what_is_refused(self):
        """get_input_message_invoice in the Bot API server; sendInvoice"""
        for more, text in (
                ({"title": ""}, 'parameter "title" is required'),
                ({"prices": []}, "there must be at least one price"),
                ({"prices": [{"label": "", "amount": 1}]}, "can't parse labeled price: "
                 "LabeledPrice label must be non-empty"),
                ({"prices": [{"label": "a", "amount": 1}] * 2}, "STARS_INVOICE_INVALID"),
                ({"prices": [{"label": "a", "amount": 0}]}, "CURRENCY_TOTAL_AMOUNT_INVALID"),
                ({"payload": "p" * 129}, "INVOICE_PAYLOAD_INVALID"),
                ({"currency": "Euro"}, "CURRENCY_INVALID"),
                ({"currency": "EUR"}, "PAYMENT_PROVIDER_INVALID")):
            self.assertEqual(self.call("createInvoiceLink", **self.invoice(**more))["description"],
                             "Bad Request: " + text)


if __name__ == "__main__":
    unittest.main()
