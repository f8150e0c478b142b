"""Deciding on a plan at a terminal: look, edit in the person's own editor, approve or send back."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from orion_tui.base.errors import ConflictError, OrionError, UsageError
from orion_tui.cli.output import note, say
from orion_tui.cli.plan import edit_plan, move, needs
from orion_tui.cli.plan_view import show_review
from orion_tui.core.models.sessions import SessionState

if TYPE_CHECKING:
    from orion_tui.core.engine import Engine
    from orion_tui.core.session.plan_review import PlanReview

_MENU = ("a approve", "e edit", "d remove", "m move", "n needs", "+ add", "s send back", "u undo")
_KEEP = "k keep the old one"
_LEAVE = "q leave"


def dialog(opened: "Engine", session_id: str) -> int:
    """Show the plan that waits and do what the person says until they decide or leave; 0."""
    seen = opened.plan_review(session_id)
    free = opened.unpriced(session_id)
    show_review(seen, free)
    while True:
        say()
        say(_menu(seen))
        said = click.prompt("what", type=str, err=True).strip()
        if said[:1] == "q":
            note(f"nothing is decided; go on with: orion plan {session_id} --review")
            return 0
        try:
            if _done(opened, seen, said):
                return 0
        except ConflictError as error:
            _tell(error)
            note("this is how it stands now:")
            show_review(opened.plan_review(session_id), free)
        except OrionError as error:
            _tell(error)
        if opened.session(session_id).state is not SessionState.AWAITING_PLAN:
            note("the plan no longer waits: somebody decided elsewhere")
            return 0
        now = opened.plan_review(session_id)
        if now.version != seen.version:
            show_review(now, free)
        seen = now


def _done(opened: "Engine", seen: "PlanReview", said: str) -> bool:
    """Carry out one line; whether that decided it."""
    id, at = seen.session.id, seen.version
    letter, words = said[:1], said[1:].split()
    match letter:
        case "a":
            opened.approve_plan(id, version=at)
            say(f"✓ version {at} of the plan is in force; follow it: orion logs -f {id}")
            return True
        case "s":
            comment = said[1:].strip() or _ask("what is to be different", empty=True)
            if not comment:
                note("nothing was said, so nothing is decided")
                return False
            opened.send_back_plan(id, comment, version=at)
            say("↺ the plan was sent back")
            return True
        case "k" if seen.in_force is not None:
            opened.keep_plan(id, version=at, comment=said[1:].strip())
            say(f"■ turned down; the work goes on with version {seen.base}")
            return True
        case "u":
            opened.undo_plan_edit(id, version=at)
            say(f"↺ undone: {seen.note}")
        case "d":
            from orion_tui.core.session.plan_edits import RemoveTask

            edit_plan(opened, id, RemoveTask(id=_task(seen, words)), at)
        case "m":
            edit_plan(opened, id, move(_task(seen, words), _number(words[1:] or [_ask("to which place")])), at)
        case "n":
            listed = " ".join(words[1:]) if len(words) > 1 else _ask("which tasks come first, none for none")
            asked = " ".join(_named(seen, one) for one in listed.replace(",", " ").split() if one != "none")
            edit_plan(opened, id, needs(_task(seen, words), asked), at)
        case "e":
            _edit(opened, seen)
        case "+":
            _add(opened, seen)
        case _:
            note("say one of the letters, with what it is about: d docs    m docs 2    n docs tests,lint")
    return False


def _edit(opened: "Engine", seen: "PlanReview") -> None:
    from orion_tui.core import plan_file
    from orion_tui.core.session.plan_edits import ReplacePlan

    def carry_out(text: str) -> None:
        edit_plan(opened, seen.session.id, ReplacePlan(plan=plan_file.loads(text, "plan")), seen.version)

    _in_editor(plan_file.dumps(seen.plan), carry_out)


def _add(opened: "Engine", seen: "PlanReview") -> None:
    from orion_tui.core import plan_file

    after = seen.plan.tasks[-1].id if seen.plan.tasks else ""
    text = (
        "# A new task; docs/plans.md explains every key.\n"
        "title: \nkind: write_code\ndescription: |\n  What a worker must know who sees nothing else.\n"
        f"needs: []\naccept:\n  - run: python3 -m unittest -q\nestimate_minutes: 10\nconfidence: 0.9\nafter: {after}\n"
    )

    def carry_out(text: str) -> None:
        known = [task.id for task in seen.plan.tasks]
        edit_plan(opened, seen.session.id, plan_file.loads_task(text, "task", known), seen.version)

    _in_editor(text, carry_out)


def _in_editor(text: str, carry_out: Callable[[str], None]) -> None:
    """The text in the person's editor until it can be carried out or they give up. ConflictError passes."""
    while True:
        edited = click.edit(text, extension=".yaml")
        if edited is None or edited == text:
            note("nothing was changed")
            return
        try:
            carry_out(edited)
            return
        except ConflictError:
            raise
        except OrionError as error:
            _tell(error)
            if not click.confirm("edit it again?", default=True, err=True):
                note("nothing was changed")
                return
            text = edited


def _task(seen: "PlanReview", words: list[str]) -> str:
    return _named(seen, words[0] if words else _ask("which task"))


def _named(seen: "PlanReview", word: str) -> str:
    """A task by its id, or by its number in the list."""
    tasks = seen.plan.tasks
    if word not in {task.id for task in tasks} and word.isdecimal() and 1 <= int(word) <= len(tasks):
        return tasks[int(word) - 1].id
    return word


def _number(words: list[str]) -> int:
    if not words[0].isdecimal():
        raise UsageError(f"{words[0]} is no place of the list")
    return int(words[0])


def _ask(question: str, *, empty: bool = False) -> str:
    """What the person says, asked until they say something; once, where it may stay `empty`."""
    default = "" if empty else None
    answer: str = click.prompt(question, type=str, err=True, default=default, show_default=False)
    return answer.strip()


def _menu(seen: "PlanReview") -> str:
    """The letters on as many lines as they take; none breaks inside."""
    from shutil import get_terminal_size

    words = (*_MENU, *((_KEEP,) if seen.in_force is not None else ()), _LEAVE)
    width = get_terminal_size().columns
    lines = [words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]}  {word}"
        if len(longer) < width:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def _tell(error: OrionError) -> None:
    from orion_tui.cli.main import report

    report(error)
