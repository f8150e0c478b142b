"""What the palette offers: keys of the screen in front, screens and themes, sessions, roles and settings."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

import attrs

from orion_tui.base.fuzzy import score
from orion_tui.base.own_keys import Keys
from orion_tui.core.models.sessions import Session
from orion_tui.themes import THEMES
from orion_tui.widgets.cells import prose
from orion_tui.widgets.needs_list import workspace_name
from orion_tui.widgets.status import Mark, session_mark

#: Points for what was chosen lately: enough to come before its equals.
_LATELY = 8


class Kind(StrEnum):
    """What a command is about: the headings of the palette, in the order in which they stand where all fit alike."""

    LATELY = "lately"
    HERE = "here"
    SESSIONS = "sessions"
    SCREENS = "screens"
    ROLES = "roles"
    SETTINGS = "settings"
    THEMES = "themes"


#: Lines of each kind: all that there is to do here, and of the rest so many that all kinds fit.
MOST = {Kind.LATELY: 4, Kind.HERE: 40, Kind.SCREENS: 20, Kind.THEMES: 10, Kind.SESSIONS: 8}
_MOST_OTHERS = 6


@attrs.frozen(kw_only=True)
class Command:
    """One line of the palette."""

    kind: Kind
    label: str
    #: What stands at the right: the key that does the same, a state, a value.
    hint: str = ""
    #: The same in columns, each as wide as it says.
    columns: tuple[tuple[str, int], ...] = ()
    #: What words are compared with beside the label.
    more: str = ""
    #: Sign and word before the label, for sessions.
    mark: Mark | None = None
    #: Of an action: where it is looked up, "app" or "screen", and the action in Textual's spelling.
    owner: str = ""
    action: str = ""
    #: Of everything else: the session's id, the role's or the setting's name.
    target: str = ""

    @property
    def same(self) -> tuple[str, str]:
        """What makes it the same command again, whatever its label says by then."""
        return (self.action or str(self.kind), self.target)


@attrs.frozen(kw_only=True)
class Heading:
    """The heading of a kind: how many of it are shown, of how many that fit."""

    kind: Kind
    shown: int
    count: int
    more: bool = False

    @property
    def text(self) -> str:
        """`sessions  6 of 10,000`."""
        if self.count <= self.shown:
            return f"{self.kind}  {self.count:,}"
        return f"{self.kind}  {self.shown:,} of {self.count:,}{' or more' if self.more else ''}"


Row = Command | Heading


def offered(view: str, keys: Keys) -> list[Command]:
    """The actions for a screen of that view, the screen's own first."""
    own = [
        Command(kind=Kind.HERE, label=key.help, more=key.label, hint=key.shown, owner="screen", action=key.action)
        for key in keys.view(view)
        if view not in {"app", "pane", "lines"}
    ]
    everywhere = [
        Command(
            kind=Kind.SCREENS,
            label=key.help,
            more=key.label,
            hint=key.shown,
            owner="app",
            action=key.action.removeprefix("app."),
        )
        for key in keys.view("app")
        if key.id not in {"app.palette", "app.manual"}
    ]
    themes = [
        Command(kind=Kind.THEMES, label=f"Theme: {name}", owner="app", action=f"theme('{name}')") for name in THEMES
    ]
    return [*own, *everywhere, *themes]


def session_command(session: Session) -> Command:
    """A session to open: found by goal, folder, id and role."""
    mark = session_mark(session.state)
    folder = workspace_name(session)
    return Command(
        kind=Kind.SESSIONS,
        label=prose(session.goal),
        more=f"{session.id} {folder} {session.role}",
        columns=((folder, 13), (mark[1], 12), (session.id[:8], 8)),
        mark=mark,
        target=session.id,
    )


def arranged(
    commands: Iterable[Command],
    words: str,
    *,
    lately: Sequence[tuple[str, str]] = (),
    counts: "dict[Kind, tuple[int, bool]] | None" = None,
) -> list[Row]:
    """Commands that fit the words, under headings: the kind with the best one first, the best of each first.

    Without words all of them, in their order, and what was chosen `lately` (most recent first) before the rest.
    `counts` says how many of a kind fit, and whether there are more than that, where `commands` has not all of them.
    """
    points: dict[Kind, list[tuple[int, Command]]] = {}
    by_same: dict[tuple[str, str], Command] = {}
    for command in commands:
        by_same.setdefault(command.same, command)
        fit = score(words, f"{command.label} {command.more}") if words.split() else 1
        if fit:
            bonus = _LATELY if words.split() and command.same in lately else 0
            points.setdefault(command.kind, []).append((fit + bonus, command))
    order = list(Kind)
    kinds = sorted(points, key=lambda kind: (-max(fit for fit, _ in points[kind]), order.index(kind)))
    rows: list[Row] = []
    if not words.split() and (again := [by_same[same] for same in lately if same in by_same]):
        again = again[: MOST[Kind.LATELY]]
        rows += [Heading(kind=Kind.LATELY, shown=len(again), count=len(again))]
        rows += [attrs.evolve(command, kind=Kind.LATELY) for command in again]
    for kind in kinds:
        best = [command for _, command in sorted(points[kind], key=lambda pair: -pair[0])]
        shown = best[: MOST.get(kind, _MOST_OTHERS)]
        count, more = (counts or {}).get(kind, (len(best), False))
        rows.append(Heading(kind=kind, shown=len(shown), count=max(count, len(shown)), more=more))
        rows += shown
    return rows
