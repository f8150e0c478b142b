import unittest

from tests.fakes import ScriptedTransport
from tidepool import Client, Response, Tide

BODY = b"""{"tides": [
  {"at": "11:42", "height_m": "1.61", "kind": "high"},
  {"at": "05:18", "height_m": "0.23", "kind": "low"}
]}"""


class TidesTest(unittest.TestCase):
    def test_tides_come_in_the_order_of_the_day(self):
        client = Client("https://tides.example.org", ScriptedTransport(Response(200, BODY)))
        self.assertEqual(
            client.tides("pt-reyes", "2026-03-14"), [Tide("05:18", 0.23, "low"), Tide("11:42", 1.61, "high")]
        )

    def test_something_else_is_refused(self):
        client = Client("https://tides.example.org", ScriptedTransport(Response(200, b"<html>")))
        with self.assertRaisesRegex(ValueError, "not a list of tides"):
            client.tides("pt-reyes", "2026-03-14")


if __name__ == "__main__":
    unittest.main()
