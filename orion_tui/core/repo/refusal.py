"""Reasons against moving a branch: collected, then raised together, so that nobody finds them one by one."""

from collections.abc import Iterable

import attrs

from orion_tui.base.errors import ConflictError, OrionError
from orion_tui.base.text import CleanText, display_path
from orion_tui.core.repo import filter_programs
from orion_tui.core.repo.merge import Conflict
from orion_tui.core.repo.obstacles import Obstacle, Reason, Survey


@attrs.frozen(kw_only=True)
class Refusal:
    """One reason, with everything that it concerns."""

    #: What is raised when it is the only one.
    error: type[OrionError]
    text: CleanText
    #: One line for each file that is concerned.
    problems: tuple[CleanText, ...] = ()
    hint: str = ""


def conflicting(conflicts: tuple[Conflict, ...]) -> Refusal:
    """Both sides changed the same things."""
    return Refusal(
        error=ConflictError,
        text=CleanText(f"{_files(len(conflicts))} changed on both sides and cannot be merged"),
        problems=tuple(CleanText(f"{display_path(item.path)} ({item.kind})") for item in conflicts),
        hint="commit or revert your side of it, or send the work back to be done on the new state",
    )


def in_the_way(obstacles: tuple[Obstacle, ...]) -> Refusal:
    """Files of the user's would be touched."""
    return Refusal(
        error=ConflictError,
        text=CleanText(f"{_files(len(obstacles))} of yours would be touched; nothing was changed"),
        problems=tuple(item.text for item in obstacles),
        hint="; ".join(
            hint
            for hint, filtered in (("commit, stash or move them, then retry", False), (filter_programs.HINT, True))
            if any((item.reason is Reason.FILTERED) is filtered for item in obstacles)
        ),
    )


def require_free(found: Survey) -> None:
    """Raises ConflictError that names every path of the user's that is in the way."""
    if found.obstacles:
        raise_all([in_the_way(found.obstacles)], "move")


def raise_all(refusals: Iterable[Refusal], what: str) -> None:
    """Nothing when there are none; else one error that lists them all. `what` is what is refused: `promotion`."""
    listed = tuple(refusals)
    if not listed:
        return
    first = listed[0]
    if len(listed) == 1:
        raise first.error(first.text, hint=first.hint, problems=first.problems)
    problems = tuple(line for item in listed for line in (item.text, *item.problems))
    hints = dict.fromkeys(item.hint for item in listed if item.hint)
    raise first.error(f"{len(listed)} reasons against the {what}", problems=problems, hint="; ".join(hints))


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
