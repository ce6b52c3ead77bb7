"""Every method of the Bot API in the simulator: checked by the table, and acted out or answered."""

import re
import subprocess
import unittest

from simulator import BIN
from test_botapi_sim import SimulatorTest


class MethodsTest(SimulatorTest):
    def listed(self):
        text = subprocess.run([BIN + "/korone-botapi-sim", "--methods"], stdout=subprocess.PIPE,
                              text=True, check=True).stdout
        acted, answered = text.split("Only checked")
        return re.findall(r"^  (\w+)$", acted, re.M), re.findall(r"^  (\w+)$", answered, re.M)

    def test_methods_are_listed_by_whether_they_are_acted_out(self):
        acted, answered = self.listed()
        for method in ("sendMessage", "kickChatMember", "getChatMembersCount"):
            self.assertIn(method, acted)
        self.assertGreater(len(acted) + len(answered), 180)
        self.assertEqual(set(acted) & set(answered), set())

    def test_no_method_is_unknown_and_what_it_needs_is_named(self):
        """get_required_string_arg and its like in the Bot API server."""
        for method in sum(self.listed(), []):
            status, answer = self.simulator.call(method, {})
            self.assertIn(status, (200, 400, 401), method)
            self.assertTrue(answer["ok"] or answer["description"].startswith("Bad Request: "),
                            (method, answer))
        self.refused("readBusinessMessage", 400,
                     "Bad Request: parameter \"business_connection_id\" is required")
        self.refused("getUserGifts", 400, "Bad Request: invalid user_id specified", user_id="x")

    def test_what_is_only_answered_has_the_right_type_and_is_in_the_journal(self):
        person = self.simulator.person("Ann")
        self.assertEqual(self.call("getAvailableGifts")["result"], {"gifts": []})
        self.assertEqual(self.call("getMyStarBalance")["result"], {"amount": 0})
        self.assertIs(self.call("verifyUser", user_id=person.id)["result"], True)
        calls = self.simulator.control("sent?since=0")["calls"]
        self.assertEqual([(call["method"], call["acted_out"]) for call in calls],
                         [("getAvailableGifts", False), ("getMyStarBalance", False),
                          ("verifyUser", False)])

    def test_a_message_that_is_only_answered_is_there(self):
        person = self.simulator.person("Ann")
        person.says("/start")
        sent = self.call("sendRichMessage", chat_id=person.id, rich_message={"blocks": []})["result"]
        self.assertEqual((sent["chat"]["id"], sent["rich_message"]), (person.id, {"blocks": []}))
        self.assertTrue(self.call("deleteMessage", chat_id=person.id,
                                  message_id=sent["message_id"])["ok"])
        self.refused("sendGame", 400, 'Bad Request: parameter "game_short_name" is required',
                     chat_id=person.id)

    def test_what_does_not_fit_the_table_is_remarked_and_otherwise_ignored(self):
        """Telegram ignores parameters that it does not know."""
        person = self.simulator.person("Ann")
        person.says("/start")
        for more, remark in (
                ({}, None), ({"colour": "red"}, "colour is unknown"),
                ({"disable_notification": "maybe"}, "disable_notification is not true or false"),
                ({"link_preview_options": {"is_off": True}},
                 "link_preview_options does not fit: is_off is unknown"),
                ({"message_effect_id": 5}, None), ({"parse_mode": "html"}, None)):
            answer = self.call("sendMessage", chat_id=person.id, text="a", **more)
            self.assertTrue(answer["ok"], answer)
            call = self.simulator.control("sent?since=0")["calls"][-1]
            self.assertEqual((call["acted_out"], call.get("remarks")), (True, remark))


if __name__ == "__main__":
    unittest.main()
