"""Asking a station."""

from typing import List

from tidepool.errors import StationError
from tidepool.tides import Tide, parse_tides
from tidepool.transport import HttpTransport, Request, Response


class Client:
    """One station's service. Give it a transport of your own to test without a network."""

    def __init__(self, base_url: str, transport=None) -> None:
        self._base_url = base_url.rstrip("/")
        self._transport = transport or HttpTransport()

    def get(self, path: str) -> Response:
        """A successful response. Raises StationError for any other, TransportError when none came."""
        response = self._send(path)
        if response.status != 200:
            raise StationError(response.status, path)
        return response

    def tides(self, station: str, day: str) -> List[Tide]:
        """The tides of a station on a day (`2026-03-14`)."""
        return parse_tides(self.get(f"/stations/{station}/tides/{day}").body)

    def _send(self, path: str) -> Response:
        return self._transport.send(Request(f"{self._base_url}{path}"))
