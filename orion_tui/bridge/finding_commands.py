"""Finding over the real store and the real role files."""

from pathlib import PurePath
from typing import TYPE_CHECKING

from orion_tui.base.fuzzy import score
from orion_tui.bridge.finding_port import FoundSessions, RoleLine
from orion_tui.core.store import session_search
from orion_tui.roles.shown import ShownRole, shown, usable_words

if TYPE_CHECKING:
    from orion_tui.core.engine import Engine
    from orion_tui.core.models.sessions import Session

#: Rows read before the likeliest are taken, and counted at the most.
READ = 60
COUNTED = 100_000


class FindingHand:
    """The part of the lanes' hold on the engine that finds things."""

    _engine: "Engine"

    def find_sessions(self, words: str, limit: int) -> FoundSessions:
        """See FindingCommands."""
        reader = self._engine.store.reader()
        found = session_search.matching(reader, words, limit=READ)
        count = len(found) if len(found) < READ else session_search.count(reader, words, most=COUNTED)
        if len(found) < limit and words.split():
            known = {session.id for session in found}
            loose = session_search.matching(reader, words, limit=READ, loosely=True)
            found += [s for s in loose if s.id not in known and score(words, _text(s))]
            count = len(found)
        if words.split():
            found.sort(key=lambda session: -score(words, _text(session)))  # equal ones stay newest first
        return FoundSessions(words=words, sessions=tuple(found[:limit]), count=count, more=count >= COUNTED)

    def roles(self) -> tuple[RoleLine, ...]:
        """See FindingCommands."""
        return tuple(
            RoleLine(name=info.name, display_name=info.display_name, usable=usable_words(info))
            for info in self._engine.library().list()
            if info.counts
        )

    def role(self, name: str) -> ShownRole:
        """See FindingCommands."""
        library = self._engine.library()
        info = library.find(name)
        return shown(info, library.read(info.name, info.source))


def _text(session: "Session") -> str:
    return f"{session.id} {PurePath(session.workspace).name} {session.goal} {session.role}"
