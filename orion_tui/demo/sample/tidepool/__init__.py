"""A small client for tide stations."""

from tidepool.client import Client
from tidepool.errors import StationError, TidepoolError, TransportError
from tidepool.tides import Tide
from tidepool.transport import HttpTransport, Request, Response

__all__ = [
    "Client",
    "HttpTransport",
    "Request",
    "Response",
    "StationError",
    "Tide",
    "TidepoolError",
    "TransportError",
]
