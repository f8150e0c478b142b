"""A world in which every field is hostile."""

import unicodedata
from enum import Enum
from typing import Any, cast

import attrs

from orion_tui.base.errors import StateError
from orion_tui.base.text import CleanText
from orion_tui.bridge.diff_port import DiffView, FileChange, FileDiff
from orion_tui.bridge.goal_port import FieldProblem
from orion_tui.bridge.plan_port import FieldDiff, PlanTask, PlanView
from orion_tui.bridge.timeline_port import ReturnView, TaskReturn
from orion_tui.core.models.hunks import DiffLine, Hunk
from orion_tui.core.models.sessions import SessionState
from orion_tui.core.models.task_status import TaskStatus
from tests.support.screens.night import night
from tests.support.screens.rows import GONE, RETRY, SHOP
from tests.support.screens.words import evening
from tests.support.screens.world import World

#: What terminals and toolkits have fallen for.
PAYLOADS = {
    "clear screen": "\x1b[2J\x1b[H",
    "title": "\x1b]0;owned\x07",
    "clipboard": "\x1b]52;c;UFdORUQ=\x07",
    "link": "\x1b]8;;https://evil.example\x1b\\x\x1b]8;;\x1b\\",
    "c1": "\x9b2J\x9d52;c;UFdORUQ=\x9c\x90q\x9c",
    "bidi": "\u202eevil\u2066hidden\u2069",
    "zero width": "a\u200bb\u2060c\ufeffd",
    "tags": "a\U000e0041\U000e0042",
    "markup": "[@click=app.quit]click[/] [red]r[/red] [link=https://evil.example]l[/link] [/] [",
    "newlines": "one\ntwo\r\nthree\x0bfour\u2028five",
    "surrogate": "bad \udcff byte",
    "bells": "\x07\x08\x0e\x0f\x7f",
}

#: What is no control sequence and still breaks columns, lines, markup or patience.
SHAPES = {
    "wide": "日本語のタスク",
    "combining": "e" + "\u0301" * 1_000,
    "joined emoji": "👩\u200d👩\u200d👧\u200d👦 🏳\ufe0f\u200d🌈 👍🏽 ❤\ufe0f 🇩🇪🇫🇷 1\ufe0f\u20e3",
    "right to left": "שלום עולם مرحبا",
    "syllables": "\u1112\u1161\u11ab क्षि ก็ 한글",
    "tabs and feeds": "a\tb\x0cc\x0bd\re\r",
    "unbalanced": "[/] [/b] [[ ]] [bold [link= [@click=",
    "strings": "\x1bP1;1|AA\x1b\\\x1b_apc\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\",
    "cut sequence": "\x1b[38;5",
    "open string": "\x1b]0;",
    "fillers": "\u3164\u115f\u2800\ufe0e\U000e0101",
    "long": "x" * 30_000,
}


_ALONE = {"long", "combining", "open string", "cut sequence"}

#: All of it in one, but for what would swallow the rest; what other things hide behind; and what is tried by itself.
COMPOSITES = {
    "everything": "".join(PAYLOADS.values()) + "".join(text for name, text in SHAPES.items() if name not in _ALONE),
    "markup": PAYLOADS["markup"] + SHAPES["unbalanced"] + SHAPES["cut sequence"],
    "bare": "\x9b2J\x07\udcff\u202e\x00" + SHAPES["open string"],
    "marks": SHAPES["wide"] + SHAPES["combining"],
    "long": SHAPES["long"],
}


def forbidden_in(text: str) -> set[str]:
    """Characters that must never reach a terminal as part of shown text."""
    return {char for char in text if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}}


def _poison(value: Any, payload: str) -> Any:
    """Every text in a JSON-like value with the payload behind it."""
    if isinstance(value, str):
        return f"{value}{payload}"
    if isinstance(value, list | tuple):
        return [_poison(item, payload) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {str(k): _poison(v, payload) for k, v in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value


def _poisoned(value: Any, payload: str) -> Any:
    """Every text of a view with the payload behind it; ids, commits and names stay what they are found by."""
    if isinstance(value, tuple):
        return tuple(_poisoned(item, payload) for item in cast("tuple[Any, ...]", value))
    kind = cast("type[Any]", type(value))
    if not attrs.has(kind):
        return value
    kept = {"session_id", "newest", "commit", "before", "key", "name"}
    return attrs.evolve(
        value,
        **{
            field.name: f"{old}{payload}" if type(old) is str else _poisoned(old, payload)
            for field in attrs.fields(kind)
            if field.name not in kept and not isinstance(old := getattr(value, field.name), Enum)
        },
    )


def hostile_return(payload: str) -> ReturnView:
    """A way back whose every word is hostile."""
    file = FileChange(path=f"a{payload}.py", key="k", status="M", added=1, removed=2)
    task = TaskReturn(title=payload, before=TaskStatus.DONE, after=TaskStatus.QUEUED, kept=1)
    return ReturnView(
        session_id=SHOP, name=payload, reason=payload, tasks=(task,), steps=3, checkpoints=(payload,),
        questions=(payload,), files=(file,), state=SessionState.PAUSED,
    )  # fmt: skip


def hostile_world(payload: str) -> World:
    """The night with the payload in every goal, path, title, reason, output, card, diff and error."""
    world = night()
    world.sessions = [
        attrs.evolve(
            s,
            goal=payload + s.goal + payload,
            workspace=s.workspace + payload,
            role=s.role + payload,
            reason=payload,
            backend=s.backend + payload,
            backend_lacks=payload,
            base_branch=payload,
        )
        for s in world.sessions
    ]
    world.tasks = {
        ident: [
            attrs.evolve(t, title=payload + t.title, description=payload, reason=payload, kind=t.kind + payload)
            for t in tasks
        ]
        for ident, tasks in world.tasks.items()
    }
    world.approvals = [attrs.evolve(a, card=_poison(a.card, payload)) for a in world.approvals]
    kept = {"task", "index", "step", "approval", "to", "tier"}
    world.events = [
        attrs.evolve(e, data={k: v if k in kept else _poison(v, payload) for k, v in e.data.items()})
        for e in world.events
    ]
    world.steps = {
        key: attrs.evolve(s, action=_poison(s.action, payload), result=_poison(s.result, payload))
        for key, s in world.steps.items()
    }
    line = DiffLine(kind="+", old_no=None, new_no=1, text=CleanText(payload + "code" + payload))
    file = FileChange(
        path=f"a{payload}.py", key="k", old_path=payload, status="R", added=1, removed=0, special=payload, mode=payload
    )
    hunk = Hunk(old_start=0, old_count=0, new_start=1, new_count=1, heading=CleanText(payload), lines=(line,))
    for ident in (RETRY, SHOP, GONE):
        world.diffs[ident] = (
            DiffView(session_id=ident, base="a" * 40, tip="b" * 40, files=(file,)),
            {"k": FileDiff(key="k", hunks=(hunk,), remark=payload)},
        )
    world.timelines = {ident: _poisoned(view, payload) for ident, view in world.timelines.items()}
    world.special = (f".github/workflows/{payload}.yml",)
    world.settings = {"sessions.running": f"2{payload}", "model.default": f"a/b{payload}", "ui.theme": "light"}
    for name in ("pause", "resume"):
        world.errors[name] = StateError(f"no{payload}", hint=payload, problems=(payload, f"x{payload}"))
    return world


def hostile_evening(payload: str) -> World:
    """The evening with goals in words, with the payload in every goal, title, plan, question, answer and reason."""
    world = evening()
    world.sessions = [
        attrs.evolve(s, goal=payload + s.goal, reason=payload, models={"plan": f"a/b{payload}"}) for s in world.sessions
    ]
    world.tasks = {k: [attrs.evolve(t, title=payload + t.title) for t in tasks] for k, tasks in world.tasks.items()}
    world.approvals = [attrs.evolve(a, card=_poison(a.card, payload)) for a in world.approvals]
    kept = {"task", "index", "step", "approval", "to", "purpose"}
    world.events = [
        attrs.evolve(e, data={k: v if k in kept else _poison(v, payload) for k, v in e.data.items()})
        for e in world.events
    ]
    world.steps = {
        key: attrs.evolve(s, action={**_poison(s.action, payload), "do": "AskModel"}, result=_poison(s.result, payload))
        for key, s in world.steps.items()
    }
    world.said = {k: payload + text + payload for k, text in world.said.items()}
    world.plans = {k: _hostile_plan(view, payload) for k, view in world.plans.items()}
    assert world.form is not None
    world.form = attrs.evolve(
        world.form,
        roles=tuple(
            attrs.evolve(role, description=payload + role.description, unusable=role.unusable and payload)
            for role in world.form.roles
        ),
        place=attrs.evolve(
            world.form.place, root=f"/x{payload}", branch=f"main{payload}", notes=(payload,), problem=f"no{payload}"
        ),
    )
    world.problems = tuple(
        FieldProblem(field=field, message=f"no{payload}", hint=payload)
        for field in ("goal", "role", "workspace", "plan", "work", "budget", "playbook", "")
    )
    return world


def _hostile_plan(view: PlanView, payload: str) -> PlanView:
    def poisoned(task: PlanTask) -> PlanTask:
        return attrs.evolve(
            task,
            title=task.title + payload,
            description=payload + task.description,
            checks=(payload, f"x{payload}"),
            actions=(payload,),
            rule=payload,
            reason=payload,
            made=payload,
            changes=(FieldDiff(name="title", before=payload, after=f"x{payload}"),),
        )

    return attrs.evolve(
        view,
        goal=payload + view.goal,
        title=payload,
        note=payload,
        author=payload,
        comment=payload,
        problems=(payload,),
        tasks=tuple(map(poisoned, view.tasks)),
        removed=tuple(map(poisoned, view.removed)),
    )
