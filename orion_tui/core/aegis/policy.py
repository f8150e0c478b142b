"""A role frozen for one session: what the gate is asked under, by hash (DESIGN 9).

A running session holds the policy it started with. Its hash covers everything the role says and the version of AEGIS;
every decision and approval carries it.
"""

import hashlib
import json
from collections.abc import Sequence

import attrs
import cattrs

from orion_tui.base.errors import StoreError
from orion_tui.core import codec
from orion_tui.core.aegis.base_rules import AEGIS_VERSION
from orion_tui.roles.rules import Rule
from orion_tui.roles.schema import Role


@attrs.frozen(kw_only=True)
class Policy:
    """A role together with the AEGIS that it is read by."""

    role: Role
    #: Version of the gate that froze it.
    aegis: int = AEGIS_VERSION
    #: What a person allowed beyond the role, for this session or for every session of it; see `aegis.reach`.
    reach: tuple[Rule, ...] = ()
    #: SHA-256 over the canonical JSON of it all, 64 hex digits.
    hash: str

    @property
    def base(self) -> str:
        """The hash without the reach: what an approval is bound to, for exactly this once is what it was asked for,
        whatever else is allowed or taken back meanwhile."""
        return _hash(self.role, self.aegis)


def freeze(role: Role, reach: Sequence[Rule] = ()) -> Policy:
    """The policy that a session under this role keeps, until a person says otherwise for that session."""
    reach = tuple(reach)
    return Policy(role=role, aegis=AEGIS_VERSION, reach=reach, hash=_hash(role, AEGIS_VERSION, reach))


def with_reach(policy: Policy, reach: Sequence[Rule]) -> Policy:
    """The same role under the same gate, with another reach: another policy, by another hash."""
    reach = tuple(reach)
    return Policy(role=policy.role, aegis=policy.aegis, reach=reach, hash=_hash(policy.role, policy.aegis, reach))


def to_json(policy: Policy) -> str:
    """Canonical JSON: sorted keys, no spaces, ASCII. The hash is that of the same text without `hash`."""
    return _canonical({**_body(policy.role, policy.aegis, policy.reach), "hash": policy.hash})


def from_json(text: str) -> Policy:
    """The policy that `to_json` wrote.

    Raises StoreError when the text is not of that form, or its content is not what its hash says.
    """
    try:
        data = json.loads(text)
        stated = data.pop("hash")
        role = codec.from_json(data["role"], Role)
        aegis = int(data["aegis"])
        reach = tuple(codec.from_json(rule, Rule) for rule in data.get("reach", ()))
    except (ValueError, TypeError, KeyError, AttributeError, cattrs.BaseValidationError) as error:
        raise StoreError("a stored policy cannot be read", hint="it was written by another version of Orion") from error
    if _hash(role, aegis, reach) != stated:
        raise StoreError("a stored policy is not what its hash says: it was changed after it was frozen")
    return Policy(role=role, aegis=aegis, reach=reach, hash=stated)


def _body(role: Role, aegis: int, reach: Sequence[Rule]) -> dict[str, object]:
    # Without a reach the text is what it was before there was any: the hashes of older sessions hold.
    allowed = {"reach": [codec.to_json(rule) for rule in reach]} if reach else {}
    return {"aegis": aegis, "role": codec.to_json(role), **allowed}


def _hash(role: Role, aegis: int, reach: Sequence[Rule] = ()) -> str:
    return hashlib.sha256(_canonical(_body(role, aegis, reach)).encode("ascii")).hexdigest()


def _canonical(data: object) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
