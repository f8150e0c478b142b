"""The form of a new goal: its fields, what the program puts into them, and what is entered in them."""

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll

from orion_tui.bridge.goal_port import GOAL_LIMIT, GoalForm, GoalRequest, RolePick
from orion_tui.screens.base import View
from orion_tui.screens.picking import Pick
from orion_tui.widgets.document import Document
from orion_tui.widgets.form_field import CheckField, FormField, PickField, Words
from orion_tui.widgets.goal_lines import limit_text
from orion_tui.widgets.paragraph import Paragraph
from orion_tui.widgets.remark import Remark
from orion_tui.widgets.text_entry import TextEntry

#: What stands for a field that the person emptied.
NONE = "none"

#: Fields in order, and the control of each that has the keys when something is wrong with it.
CONTROLS = {
    "goal": "goal",
    "role": "role",
    "workspace": "workspace",
    "snapshot": "snapshot",
    "plan": "plan",
    "work": "work",
    "budget": "cost",
    "review": "review",
    "playbook": "playbook",
}


class GoalSheet(View):
    """The form left, what it amounts to right; the form alone where there is no room."""

    CSS_PATH = "new_goal.tcss"

    def __init__(self, workspace: str, draft: GoalRequest | None = None) -> None:
        super().__init__()
        self._draft = draft or GoalRequest(goal="", role="", workspace=workspace)
        self._form: GoalForm | None = None
        self._role: RolePick | None = None
        #: What the program put into fields; a field that says something else was edited by the person.
        self._filled: dict[str, str] = {}

    def body(self) -> ComposeResult:
        """See View."""
        draft = self._draft
        with Horizontal(id="panes"):
            with VerticalScroll(id="form", can_focus=False):
                goal = Paragraph(
                    draft.goal,
                    longest=GOAL_LIMIT,
                    placeholder="What is to be done? In your own words.",
                    id="goal",
                )
                goal.add_class("pane")
                yield goal
                yield Remark(id="remark-goal", indent=1, most=6)
                yield FormField("role", "role", PickField(id="role"))
                yield FormField("workspace", "workspace", TextEntry("path of a git repository", id="workspace"))
                yield FormField("snapshot", "", CheckField("uncommitted changes come along", id="snapshot"), note=False)
                yield FormField("plan", "plans with", TextEntry("provider/name", id="plan"))
                yield FormField("work", "works with", TextEntry("provider/name", id="work"))
                yield FormField(
                    "budget",
                    "may use $",
                    TextEntry("no limit", id="cost"),
                    Words("tokens", id="words-tokens"),
                    TextEntry("no limit", id="tokens"),
                    Words("hours", id="words-hours"),
                    TextEntry("no limit", id="hours"),
                )
                yield FormField(
                    "review",
                    "",
                    CheckField("show me the plan before work starts", id="review", on=draft.review_plan),
                    note=False,
                )
                yield FormField("playbook", "playbook", TextEntry("a plan file, instead of a model", id="playbook"))
                yield Remark(id="remark-all", indent=1, most=8)
            yield Document(id="about", title="what this amounts to")

    @property
    def goal(self) -> Paragraph:
        """The text."""
        return self.query_one("#goal", Paragraph)

    def _entry(self, name: str) -> TextEntry:
        return self.query_one(f"#{name}", TextEntry)

    def _check(self, name: str) -> CheckField:
        return self.query_one(f"#{name}", CheckField)

    def _field(self, name: str) -> FormField:
        return self.query_one(f"#field-{name}", FormField)

    # What is in them.

    def _put_in(self) -> None:
        """The draft that was left."""
        draft = self._draft
        for name, text in (("workspace", draft.workspace), ("playbook", draft.playbook)):
            self._entry(name).value = text
        for name, text in (
            ("plan", draft.plan_model),
            ("work", draft.work_model),
            ("cost", draft.cost_usd),
            ("tokens", draft.tokens),
            ("hours", draft.hours),
        ):
            if text and text != NONE:
                self._entry(name).value = text
                self._filled[name] = ""
        self._check("snapshot").value = draft.snapshot

    def _take_role(self, role: RolePick | None) -> None:
        self._role = role
        self.query_one("#role", PickField).show(role.name if role is not None else "no role can be used")
        if role is None:
            return
        self._field("role").note((role.description, "muted"))
        self._fill("plan", role.plan.model)
        self._fill("work", role.work.model)
        self._fill("cost", limit_text(role.cost_usd))
        self._fill("tokens", limit_text(role.tokens))
        self._fill("hours", limit_text(role.hours))
        self._show_models()

    def _fill(self, name: str, text: str) -> None:
        """Put the role's value in, unless the person has put in another."""
        entry = self._entry(name)
        if entry.value == self._filled.get(name, ""):
            self._filled[name] = text
            entry.value = text

    def _show_models(self) -> None:
        role, playbook = self._role, self._entry("playbook").value.strip()
        for name in ("plan", "work"):
            field, value = self._field(name), self._entry(name).value
            pick = None if role is None else role.plan if name == "plan" else role.work
            if playbook:
                field.note(("not asked: the playbook says it", "faint"))
            elif value != self._filled.get(name, ""):
                field.note(("your choice, for this session", "muted"))
            elif pick is not None and pick.problem:
                field.note((pick.problem, "bad"))
            elif pick is not None and pick.model:
                field.note(
                    (pick.chosen_by, "muted"),
                    *([("; no price is known, so tokens alone hold it", "warn")] if pick.unpriced else []),
                )
            else:
                field.note(("nobody has chosen one", "warn"))

    def _request(self) -> GoalRequest:
        def edited(name: str) -> str:
            value = self._entry(name).value.strip()
            return "" if value == self._filled.get(name, "") else value or NONE

        return GoalRequest(
            goal=self.goal.text,
            role=self._role.name if self._role is not None else "",
            workspace=self._entry("workspace").value.strip(),
            snapshot=self._check("snapshot").value and not self._check("snapshot").off,
            plan_model=edited("plan"),
            work_model=edited("work"),
            cost_usd=edited("cost"),
            tokens=edited("tokens"),
            hours=edited("hours"),
            review_plan=self._check("review").value,
            playbook=self._entry("playbook").value.strip(),
        )


def role_picks(form: GoalForm) -> list[Pick]:
    """The roles to choose from, with what each is for, or why it cannot be used."""
    return [
        Pick(
            key=role.name,
            name=role.name,
            facts=f"{role.scope}  {role.auth}" + (f"  from the {role.source}" if role.source == "workspace" else ""),
            words=role.description,
            off=role.unusable,
        )
        for role in form.roles
    ]
