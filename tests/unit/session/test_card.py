"""The card of an approval: what would change is in it whole, and nothing of it unseen (ASK-1, THREATS 14)."""

import pytest

from orion_tui.base.kinds import ActionKind
from orion_tui.core.aegis.classify import classify
from orion_tui.core.aegis.decide import decide
from orion_tui.core.models.actions import FileChange, WriteFile
from orion_tui.core.models.plans import Task
from orion_tui.core.session.card import approval_card
from tests.support.gate import starter

pytestmark = pytest.mark.unit


def preview(before: bytes | None, after: bytes) -> str:
    action = WriteFile(path="Makefile", content=after)
    change = FileChange(path="Makefile", before=before, after=after)
    decision = decide(classify(action, change), starter("software-engineer"))
    task = Task(id="t", title="T", kind=ActionKind.WRITE_CONFIG)
    return str(approval_card(action, decision, task, change=change, waits_on=())["preview"])


def test_an_ordinary_change_is_its_lines() -> None:
    assert preview(b"a\nb\n", b"a\nc\n").splitlines()[2:] == ["@@ -1,2 +1,2 @@", " a", "-b", "+c"]
    assert "+all:" in preview(None, b"all:\n").splitlines()


@pytest.mark.parametrize("ending", ["\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_line_ends_of_other_programs_are_spelled_out(ending: str) -> None:
    assert f"+# note⟨U+{ord(ending):04X}⟩evil" in preview(b"", f"# note{ending}evil\n".encode()).splitlines()


def test_a_change_of_line_ends_alone_is_shown() -> None:
    assert "+a⟨U+000D⟩" in preview(b"a\n", b"a\r\n")
    assert preview(b"a\n", b"a").splitlines()[-1] == "+a ⟨no newline⟩"
