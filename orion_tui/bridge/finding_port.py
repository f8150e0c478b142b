"""What the palette asks of the engine: sessions by words, and roles."""

from typing import TYPE_CHECKING, Protocol

import attrs

from orion_tui.core.models.sessions import Session

if TYPE_CHECKING:
    from orion_tui.roles.shown import ShownRole


@attrs.frozen(kw_only=True)
class FoundSessions:
    """Sessions that words were found in."""

    words: str
    #: The best of them, not all.
    sessions: tuple[Session, ...]
    #: How many have the words.
    count: int
    #: There are more than were counted.
    more: bool = False


@attrs.frozen(kw_only=True)
class RoleLine:
    """A role by name."""

    name: str
    display_name: str
    #: `yes`, or why no session may start with it.
    usable: str


class FindingCommands(Protocol):
    """Finding; changes nothing."""

    def find_sessions(self, words: str, limit: int) -> FoundSessions:
        """At most `limit` sessions, the likeliest first: by id, goal, workspace and role."""
        ...

    def roles(self) -> tuple[RoleLine, ...]:
        """The roles that count, by name; those of a repository are not among them."""
        ...

    def role(self, name: str) -> "ShownRole":
        """One in full. NotFound, InvalidFile."""
        ...
