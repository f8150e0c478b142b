import unittest

from tests.fakes import ScriptedTransport
from tidepool import Client, Response, StationError, TransportError


class ClientTest(unittest.TestCase):
    def test_asks_the_path_below_the_base_url(self):
        transport = ScriptedTransport(Response(200, b"ok"))
        self.assertEqual(Client("https://tides.example.org/", transport).get("/ping").body, b"ok")
        self.assertEqual(transport.urls, ["https://tides.example.org/ping"])

    def test_a_missing_station_is_an_error_that_names_path_and_status(self):
        client = Client("https://tides.example.org", ScriptedTransport(Response(404)))
        with self.assertRaisesRegex(StationError, "/stations/atlantis answered 404"):
            client.get("/stations/atlantis")

    def test_no_response_at_all_is_passed_on(self):
        client = Client("https://tides.example.org", ScriptedTransport(TransportError("connection refused")))
        with self.assertRaises(TransportError):
            client.get("/ping")


if __name__ == "__main__":
    unittest.main()
