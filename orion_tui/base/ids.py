"""Identifiers: random, short enough to type, matched by unique prefix."""

import re
import secrets
from collections.abc import Callable

#: A session id as made here: 12 hexadecimal digits.
SESSION_ID = re.compile(r"[0-9a-f]{12}")

#: Role names and task ids: lower case, safe as a file name and in a reference name.
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")

RandomBytes = Callable[[int], bytes]


def new_id(random: RandomBytes = secrets.token_bytes) -> str:
    """12 hexadecimal digits: 48 bits, so 10,000 sessions collide with a chance below 2e-7."""
    return random(6).hex()


def is_name(text: str) -> bool:
    """Whether `text` may name a role or a task. `../x` may not."""
    return NAME.fullmatch(text) is not None
