"""One task of a plan in a form: for a new one, and for changing one."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from orion_tui import keymap
from orion_tui.base.kinds import ALWAYS_FORBIDDEN, KIND_LABELS, ActionKind
from orion_tui.base.text import clean
from orion_tui.bridge.goal_port import FieldProblem
from orion_tui.bridge.plan_port import PlanTask, PlanView, TaskForm
from orion_tui.screens.early import LeftEarly
from orion_tui.screens.picking import Pick, Picker
from orion_tui.themes import app_of, look_of
from orion_tui.widgets.cells import Part, literal
from orion_tui.widgets.document import DocLine, Document, of
from orion_tui.widgets.form_field import FormField, PickField
from orion_tui.widgets.paragraph import Paragraph
from orion_tui.widgets.text_entry import TextEntry

#: Characters that a task's texts may have.
LONGEST = 4_000


class TaskDialog(LeftEarly[TaskForm | None], ModalScreen[TaskForm | None], inherit_bindings=False):
    """Gives what was changed, nothing else; None when it was left."""

    ALLOW_SELECT = False
    CSS_PATH = "dialogs.tcss"
    BINDINGS = keymap.bindings("task", "pane")

    def __init__(self, view: PlanView, task: PlanTask | None) -> None:
        super().__init__(classes="dialog form-dialog")
        self._view = view
        self._given = task
        self._kind = task.kind if task is not None else ActionKind.WRITE_CODE

    def compose(self) -> ComposeResult:
        """The fields."""
        task = self._given
        numbers = {other.id: other.number for other in self._view.tasks}
        with Vertical(id="frame"):
            yield FormField("title", "title", TextEntry("what is done, in a few words", id="title"), note=False)
            yield FormField(
                "description",
                "in detail",
                Paragraph(
                    task.description if task else "",
                    longest=LONGEST,
                    placeholder="for whoever does it",
                    id="description",
                ),
                note=False,
            )
            yield FormField("kind", "kind", PickField(id="kind"), note=False)
            yield FormField("needs", "needs", TextEntry("numbers of tasks: 1, 3", id="needs"), note=False)
            yield FormField(
                "checks",
                "proof",
                Paragraph(
                    "\n".join(task.checks) if task else "",
                    longest=LONGEST,
                    placeholder='commands that prove it, one a line: pytest -q => exit 1, output "no such"',
                    id="checks",
                ),
                note=False,
            )
            yield FormField("minutes", "minutes", TextEntry("how long it takes, if you know", id="minutes"), note=False)
            answers = Document(id="answers")
            answers.can_focus = False
            yield answers
        if task is not None:
            self._before = (
                task.title,
                ", ".join(str(numbers[need]) for need in task.needs if need in numbers),
                f"{task.minutes:g}" if task.minutes is not None else "",
            )
        else:
            self._before = ("", "", "")

    def on_mount(self) -> None:
        """What it says now; the keys go to the title."""
        task = self._given
        title = f"task {task.number}" if task is not None else "new task"
        self.query_one("#frame", Vertical).border_title = Content(literal(title, look_of(self).glyphs))
        for name, text in zip(("title", "needs", "minutes"), self._before, strict=True):
            self._entry(name).value = clean(text, keep_newlines=False)
        self.query_one("#kind", PickField).show(KIND_LABELS[self._kind])
        self.query_one("#answers", Document).write(lambda _w, _h: [self._answers()])
        self._entry("title").focus()

    def _answers(self) -> DocLine:
        parts: list[Part] = []
        for name in ("task.save", "pane.next", "task.choose", "task.leave"):
            key = keymap.keys_of(self).get(name)
            label = "next field" if name == "pane.next" else key.label
            parts += [(key.shown, "key"), (f" {label}    ", "muted")]
        return of(*parts)

    def _entry(self, name: str) -> TextEntry:
        return self.query_one(f"#{name}", TextEntry)

    def _text(self, name: str) -> str:
        return self.query_one(f"#{name}", Paragraph).text

    def _field(self, name: str) -> FormField:
        return self.query_one(f"#field-{name}", FormField)

    @on(Input.Submitted)
    def _on_to_next(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus_next()

    @on(Paragraph.Refused)
    def _refused(self, event: Paragraph.Refused) -> None:
        focused = self.focused
        if focused is not None and focused.id:
            self._field(focused.id).complain([FieldProblem(field=focused.id, message=event.why)])

    def action_below(self) -> None:
        """Next field."""
        self.focus_next()

    def action_above(self) -> None:
        """Previous field."""
        self.focus_previous()

    def action_choose(self) -> None:
        """The kinds of work."""
        picks = [
            Pick(key=kind.value, name=label, facts=kind.value, off="AEGIS forbids it to every role.")
            if kind in ALWAYS_FORBIDDEN
            else Pick(key=kind.value, name=label, facts=kind.value)
            for kind, label in KIND_LABELS.items()
        ]

        def picked(name: str | None) -> None:
            if name is not None:
                self._kind = ActionKind(name)
                self.query_one("#kind", PickField).show(KIND_LABELS[self._kind])

        app_of(self).push_screen(Picker("kind of work", picks, at=self._kind.value), picked)

    def action_leave(self) -> None:
        """Nothing is changed."""
        self.dismiss(None)

    def action_save(self) -> None:
        """Hand it over, if all of it can be read."""
        problems: list[FieldProblem] = []
        title = self._entry("title").value.strip()
        if not title:
            problems.append(FieldProblem(field="title", message="say in a few words what is done"))
        needs = self._needs(problems)
        minutes = _minutes(self._entry("minutes").value, problems)
        wrong = False
        for name in ("title", "needs", "minutes"):
            wrong = self._field(name).complain(p for p in problems if p.field == name) or wrong
        if wrong:
            self.query_one(f"#{problems[0].field}").focus()
            return
        self.dismiss(self._form(title, needs, minutes))

    def _form(self, title: str, needs: tuple[str, ...], minutes: float | None) -> TaskForm | None:
        task = self._given
        description = self._text("description").strip()
        checks = _lines(self._text("checks"))
        if task is None:
            return TaskForm(
                title=title, description=description, kind=self._kind, needs=needs, checks=checks, minutes=minutes
            )
        given = bool(self._entry("minutes").value.strip())
        form = TaskForm(
            title=title if title != clean(task.title, keep_newlines=False) else None,
            description=description if description != clean(task.description).strip() else None,
            kind=self._kind if self._kind is not task.kind else None,
            needs=needs if set(needs) != set(task.needs) else None,
            checks=checks if checks != _lines("\n".join(task.checks)) else None,
            minutes=minutes if minutes != task.minutes and given else None,
        )
        return form if form != TaskForm() else None

    def _needs(self, problems: list[FieldProblem]) -> tuple[str, ...]:
        ids = {str(task.number): task.id for task in self._view.tasks}
        found: list[str] = []
        for word in self._entry("needs").value.replace(",", " ").split():
            if word not in ids:
                problems.append(
                    FieldProblem(field="needs", message=f"there is no task {word[:20]}", hint=f"1 to {len(ids)}")
                )
            elif self._given is not None and ids[word] == self._given.id:
                problems.append(FieldProblem(field="needs", message="a task cannot wait for itself"))
            elif ids[word] not in found:
                found.append(ids[word])
        return tuple(found)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in clean(text).split("\n") if line.strip())


def _minutes(text: str, problems: list[FieldProblem]) -> float | None:
    text = text.strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 100_000:
        problems.append(FieldProblem(field="minutes", message="a number of minutes, such as 15"))
        return None
    return value
