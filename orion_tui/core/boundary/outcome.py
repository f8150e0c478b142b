"""What a harvest says: what was taken over, what waits for a person, what stays out."""

import attrs

from orion_tui.core.boundary.caps import Usage
from orion_tui.core.boundary.change import Change


@attrs.frozen(kw_only=True)
class Refusal:
    """An entry that stays out."""

    path: bytes
    reason: str
    #: Not refused in this form before.
    new: bool = True


@attrs.frozen(kw_only=True)
class Held:
    """A change of a special path (GATE-4) that waits for approval by name; the tree keeps what it had until then."""

    change: Change
    reason: str

    @property
    def approval(self) -> tuple[bytes, str]:
        """What to give `harvest` as approved: this path with this content, and no other."""
        return self.change.path, self.change.digest


@attrs.frozen(kw_only=True)
class Harvest:
    """What one look at the sandbox brought."""

    #: Id of the tree of everything accepted so far, durable in the session's repository.
    tree: str
    changes: tuple[Change, ...]
    #: Everything that was looked at and stays out, by path.
    refused: tuple[Refusal, ...]
    special: tuple[Held, ...]
    usage: Usage
