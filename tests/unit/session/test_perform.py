"""The only place that executes: with a decision in hand, and an honest account of what came back."""

from collections.abc import Iterator

import pytest

from orion_tui.base.errors import ActionError, PolicyError
from orion_tui.base.kinds import Tier
from orion_tui.core.models.actions import Decision, DeleteFile, FetchUrl, FileChange, ReadFile, RunCommand, WriteFile
from orion_tui.core.models.plans import Expectation
from orion_tui.core.sandbox.base import CommandResult, SandboxSpec
from orion_tui.core.sandbox.fake import FakeCommand, FakeSandbox
from orion_tui.core.session.perform import Outcome, perform

pytestmark = pytest.mark.unit

RUN = RunCommand(argv=("tool", "x"))


def decision(tier: Tier = Tier.AUTONOMOUS) -> Decision:
    return Decision(tier=tier, layer="role", rule="autonomous[0] run", reason="because")


@pytest.fixture
def answers() -> list[CommandResult]:
    return [CommandResult(exit_code=0, output=b"all \x1b[31mgood\x1b[0m\n")]


@pytest.fixture
def sandbox(answers: list[CommandResult]) -> Iterator[FakeSandbox]:
    def script(_: FakeCommand) -> CommandResult:
        return answers[0]

    with FakeSandbox(SandboxSpec(session_id="s"), script) as opened:
        yield opened


def run(sandbox: FakeSandbox, expect: Expectation | None = None) -> Outcome:
    return perform(RUN, decision(), sandbox, change=None, expect=expect or Expectation(), approved=False)


@pytest.mark.parametrize(
    ("tier", "approved"),
    [(Tier.REQUIRES_APPROVAL, False), (Tier.FORBIDDEN, False), (Tier.FORBIDDEN, True)],
)
def test_nothing_runs_without_a_decision_that_lets_it(sandbox: FakeSandbox, tier: Tier, approved: bool) -> None:
    with pytest.raises(PolicyError, match="not executed"):
        perform(RUN, decision(tier), sandbox, change=None, expect=Expectation(), approved=approved)
    assert sandbox.commands == []


@pytest.mark.parametrize(("tier", "approved"), [(Tier.AUTONOMOUS, False), (Tier.REQUIRES_APPROVAL, True)])
def test_what_is_let_through_runs_once(sandbox: FakeSandbox, tier: Tier, approved: bool) -> None:
    outcome = perform(RUN, decision(tier), sandbox, change=None, expect=Expectation(), approved=approved)
    assert outcome.ok
    assert [command.argv for command in sandbox.commands] == [("tool", "x")]


def test_output_is_kept_clean(sandbox: FakeSandbox) -> None:
    assert run(sandbox).result["output"] == "all good\n"


@pytest.mark.parametrize(
    ("result", "expect", "said"),
    [
        (CommandResult(exit_code=1), Expectation(), "exit 1, expected 0"),
        (CommandResult(exit_code=0), Expectation(exit_code=1), "exit 0, expected 1"),
        (CommandResult(exit_code=None, signal=11), Expectation(exit_code=None), "ended by signal 11"),
        (CommandResult(exit_code=None, timed_out=True), Expectation(exit_code=None), "after 180 s"),
        (CommandResult(exit_code=None, error="no such file"), Expectation(exit_code=None), "could not start"),
        (CommandResult(exit_code=None, signal=9, out_of_memory=True), Expectation(), "out of memory"),
        (CommandResult(exit_code=0, output=b"x"), Expectation(output="OK"), "does not contain 'OK'"),
    ],
)
def test_what_was_not_expected_is_a_failure_that_says_what(
    sandbox: FakeSandbox, answers: list[CommandResult], result: CommandResult, expect: Expectation, said: str
) -> None:
    answers[0] = result
    outcome = run(sandbox, expect)
    assert not outcome.ok
    assert said in outcome.summary


@pytest.mark.parametrize(
    ("result", "expect"),
    [
        (CommandResult(exit_code=1, output=b"FAILED (1)"), Expectation(exit_code=1, output="FAILED")),
        (CommandResult(exit_code=77), Expectation(exit_code=None)),
    ],
)
def test_an_expected_failure_is_a_success(
    sandbox: FakeSandbox, answers: list[CommandResult], result: CommandResult, expect: Expectation
) -> None:
    answers[0] = result
    assert run(sandbox, expect).ok


def test_a_write_makes_exactly_the_change_that_was_judged(sandbox: FakeSandbox) -> None:
    action = WriteFile(path="a/b", content=b"asked")
    change = FileChange(path="a/b", before=None, after=b"judged")
    outcome = perform(action, decision(), sandbox, change=change, expect=Expectation(), approved=False)
    assert outcome.mutates
    assert sandbox.read("a/b") == b"judged"


@pytest.mark.parametrize("change", [None, FileChange(path="other", before=None, after=b"x")])
def test_a_write_without_its_judged_change_does_not_happen(sandbox: FakeSandbox, change: FileChange | None) -> None:
    with pytest.raises(PolicyError):
        perform(
            WriteFile(path="a", content=b"x"), decision(), sandbox, change=change, expect=Expectation(), approved=False
        )
    assert sandbox.list() == ()


def test_a_deletion(sandbox: FakeSandbox) -> None:
    sandbox.write("a", b"x")
    change = FileChange(path="a", before=b"x", after=None)
    perform(DeleteFile(path="a"), decision(), sandbox, change=change, expect=Expectation(), approved=False)
    assert sandbox.stat("a") is None


def test_reading_changes_nothing_and_comes_back_clean(sandbox: FakeSandbox) -> None:
    sandbox.write("a", b"x\x1b]0;t\x07y")
    outcome = perform(ReadFile(path="a"), decision(), sandbox, change=None, expect=Expectation(), approved=False)
    assert not outcome.mutates
    assert outcome.result["output"] == "xy"


def test_reading_what_is_not_there_is_told(sandbox: FakeSandbox) -> None:
    with pytest.raises(ActionError):
        perform(ReadFile(path="no"), decision(), sandbox, change=None, expect=Expectation(), approved=False)


def test_there_is_no_network_to_fetch_from(sandbox: FakeSandbox) -> None:
    with pytest.raises(ActionError, match="no network"):
        perform(FetchUrl(url="https://x"), decision(), sandbox, change=None, expect=Expectation(), approved=False)
