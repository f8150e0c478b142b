"""The tides of one station on one day."""

import json
from dataclasses import dataclass
from typing import List


@dataclass(frozen=True, order=True)
class Tide:
    """One turn of the tide."""

    at: str
    height_m: float
    kind: str


def parse_tides(body: bytes) -> List[Tide]:
    """Tides in the order of the day. Raises ValueError when the body is not what a station sends."""
    try:
        rows = json.loads(body)["tides"]
        return sorted(Tide(row["at"], float(row["height_m"]), row["kind"]) for row in rows)
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"not a list of tides: {error}") from error
