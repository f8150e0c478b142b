"""The role that a session works under, in the header: its name, and which version of it is in force."""

from collections.abc import Iterator

from orion_tui.core.models.sessions import Session
from orion_tui.themes import Glyphs
from orion_tui.widgets.cells import Part, fit, width_of

#: Digits of the policy's hash: as many as ids have where a person reads them.
DIGITS = 8
#: Cells of a role's name where it is cut; the beginning of a name says most.
SHORT = 12


def badges(session: Session, glyphs: Glyphs) -> Iterator[list[Part]]:
    """The badge from the most to the fewest cells, nothing last.

    The version is the policy in force, which the log and every approval name in the same way: it changes when the role
    was edited, and when a person allowed the session something beyond it.
    """
    name: list[Part] = [("   ", "faint"), (session.role, "text")]
    yield [*name, (f" {session.policy[:DIGITS]}", "faint")]
    yield name
    if width_of(session.role, glyphs) > SHORT:
        yield [("   ", "faint"), (fit(session.role, SHORT, glyphs), "text")]
    yield []
