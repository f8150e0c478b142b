"""What can go wrong between here and a station."""


class TidepoolError(Exception):
    """Base of everything this library raises on purpose."""


class TransportError(TidepoolError):
    """No response came: name not found, connection refused, time ran out."""


class StationError(TidepoolError):
    """The station answered with something other than success."""

    def __init__(self, status: int, path: str) -> None:
        super().__init__(f"{path} answered {status}")
        self.status = status
        self.path = path
