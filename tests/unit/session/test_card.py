"""The card of an approval: what would change is in it whole, and nothing of it unseen (ASK-1, THREATS 14)."""

import pytest

from orion_tui.base.kinds import ActionKind
from orion_tui.cli.approval_text import show_covered
from orion_tui.core.aegis.classify import classify
from orion_tui.core.aegis.decide import decide
from orion_tui.core.models.actions import Action, FileChange, RunCommand, WriteFile
from orion_tui.core.models.plans import Task
from orion_tui.core.models.sessions import Approval, ApprovalStatus
from orion_tui.core.session.card import approval_card
from orion_tui.themes.glyphs import UNICODE as PLAIN
from orion_tui.widgets.approval_card import content_lines, shown_whole
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


def _asked(action: Action, change: FileChange | None = None) -> Approval:
    decision = decide(classify(action, change), starter("software-engineer"))
    card = approval_card(action, decision, Task(id="t", title="T", kind=ActionKind.RUN), change=change, waits_on=())
    return Approval(
        id="a",
        session_id="s",
        task_id="t",
        index=0,
        status=ApprovalStatus.PENDING,
        binding="b",
        card=card,
        created_at=0,
    )


def test_where_a_command_runs_is_shown_wherever_it_can_be_approved(capsys: pytest.CaptureFixture[str]) -> None:
    here = _asked(RunCommand(argv=("make", "install")))
    there = _asked(RunCommand(argv=("make", "install"), cwd="vendor/evil"))
    assert shown_whole(here, 80, PLAIN)
    assert not shown_whole(there, 80, PLAIN)
    assert any("vendor/evil" in "".join(text for text, _ in line.left) for line in content_lines(there, 80, PLAIN))
    show_covered([here, there])
    covered = capsys.readouterr().out
    assert "run in vendor/evil: make install" in covered
    assert "directory    vendor/evil" in covered


def test_that_a_file_becomes_executable_is_shown_wherever_it_can_be_approved(
    capsys: pytest.CaptureFixture[str],
) -> None:
    content = b"rm -rf x\n"
    change = FileChange(path="deploy.sh", before=content, after=content, executable=True)
    asked = _asked(WriteFile(path="deploy.sh", content=content, executable=True), change)
    assert not shown_whole(asked, 80, PLAIN)
    assert any("becomes executable" in "".join(t for t, _ in line.left) for line in content_lines(asked, 80, PLAIN))
    show_covered([asked])
    assert "becomes executable" in capsys.readouterr().out
