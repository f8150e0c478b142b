"""Proxies for who has no environment of the user's: the supervisor finds them in the private file, beside the keys.

They may hold a password, so they are not passed on from the environment of whoever starts it, and never logged.
"""

import logging
from collections.abc import MutableMapping
from pathlib import Path

from orion_tui.base.errors import InvalidFile, VaultError
from orion_tui.core.agent.keys import parse_env
from orion_tui.core.auth.vault import read_private

NAMES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")

_LARGEST = 64 * 1024

_log = logging.getLogger("orion.proxies")


def take_in(file: Path, environ: MutableMapping[str, str]) -> None:
    """Put the proxies of `file` (`.env`) into `environ`, where that has none of its own: the HTTP client looks there.

    A file that cannot be used is logged, without what it holds.
    """
    try:
        data = read_private(file, limit=_LARGEST)
        values = {} if data is None else parse_env(data, str(file))
    except (VaultError, InvalidFile) as error:
        _log.warning("no proxies are taken from %s: %s", file, error.message)
        return
    for name in NAMES:
        if (value := values.get(name, "")) and not (environ.get(name) or environ.get(name.lower())):
            environ[name] = value
