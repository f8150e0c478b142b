"""One request to a station and its response."""

import socket
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Dict, Mapping

from tidepool.errors import TransportError


@dataclass(frozen=True)
class Request:
    """A GET of one path."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Response:
    """What came back. Header names are lower case."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class HttpTransport:
    """HTTP through the standard library."""

    def __init__(self, timeout: float = 10.0) -> None:
        self._timeout = timeout

    def send(self, request: Request) -> Response:
        """The response, whatever its status. Raises TransportError when none came."""
        wanted = urllib.request.Request(request.url, headers=dict(request.headers))
        try:
            with urllib.request.urlopen(wanted, timeout=self._timeout) as answer:
                return Response(answer.status, answer.read(), _lowered(answer.headers))
        except urllib.error.HTTPError as error:
            return Response(error.code, error.read(), _lowered(error.headers))
        except (urllib.error.URLError, socket.timeout) as error:
            raise TransportError(str(error)) from error


def _lowered(headers) -> Dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
