"""A role frozen for one session: what the gate is asked under, by hash (DESIGN 9).

A running session holds the policy it started with. Its hash covers everything the role says and the version of AEGIS;
every decision and approval carries it.
"""

import hashlib
import json

import attrs
import cattrs

from orion_tui.base.errors import StoreError
from orion_tui.core import codec
from orion_tui.core.aegis.base_rules import AEGIS_VERSION
from orion_tui.roles.schema import Role


@attrs.frozen(kw_only=True)
class Policy:
    """A role together with the AEGIS that it is read by."""

    role: Role
    #: Version of the gate that froze it.
    aegis: int = AEGIS_VERSION
    #: SHA-256 over the canonical JSON of both, 64 hex digits.
    hash: str


def freeze(role: Role) -> Policy:
    """The policy that a session under this role keeps for its life."""
    return Policy(role=role, aegis=AEGIS_VERSION, hash=_hash(role, AEGIS_VERSION))


def to_json(policy: Policy) -> str:
    """Canonical JSON: sorted keys, no spaces, ASCII. The hash is that of the same text without `hash`."""
    return _canonical({**_body(policy.role, policy.aegis), "hash": policy.hash})


def from_json(text: str) -> Policy:
    """The policy that `to_json` wrote.

    Raises StoreError when the text is not of that form, or its content is not what its hash says.
    """
    try:
        data = json.loads(text)
        stated = data.pop("hash")
        role = codec.from_json(data["role"], Role)
        aegis = int(data["aegis"])
    except (ValueError, TypeError, KeyError, AttributeError, cattrs.BaseValidationError) as error:
        raise StoreError("a stored policy cannot be read", hint="it was written by another version of Orion") from error
    if _hash(role, aegis) != stated:
        raise StoreError("a stored policy is not what its hash says: it was changed after it was frozen")
    return Policy(role=role, aegis=aegis, hash=stated)


def _body(role: Role, aegis: int) -> dict[str, object]:
    return {"aegis": aegis, "role": codec.to_json(role)}


def _hash(role: Role, aegis: int) -> str:
    return hashlib.sha256(_canonical(_body(role, aegis)).encode("ascii")).hexdigest()


def _canonical(data: object) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
