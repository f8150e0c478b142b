"""What must hold of a session with a model in its loop however often its supervisor died."""

import json
from collections import Counter

import attrs

from orion_tui.base.paths import OrionHome
from orion_tui.core.models.steps import Step, StepStatus
from orion_tui.core.store import Reader, Store, events, plans, sessions, steps
from tests.support.crashing.scripted import Mind, answered
from tests.support.crashing.verdict import Deaths, check_approvals, check_repository, interrupted


@attrs.define(kw_only=True)
class ModelDeaths(Deaths):
    """What was on record at each death: beside what a playbook has, the questions that have their answer."""

    #: For each death, in order, the digests of the questions whose answers were recorded.
    recorded: list[frozenset[str]] = attrs.field(factory=list[frozenset[str]])

    def look(self, home: OrionHome, session_id: str) -> None:
        """See `Deaths`."""
        super().look(home, session_id)
        with Store.open(home.database) as store:
            self.recorded.append(frozenset(_answers(steps.all(store.reader(), session_id))))


def check_model_run(home: OrionHome, session_id: str, deaths: ModelDeaths, mind: Mind) -> None:
    """Everything that must hold besides the outcome."""
    # Its list of deaths ends with the present.
    killed = len(deaths.recorded)
    deaths.look(home, session_id)
    with Store.open(home.database) as store:
        reader = store.reader()
        log = steps.all(reader, session_id)
        assert sessions.get(reader, session_id).lease_owner == ""
        _check_questions(log, deaths, mind, killed)
        _check_money(reader, session_id, log)
        _check_log(reader, session_id, log)
        check_approvals(reader, session_id)
    check_repository(home, session_id)


def _check_questions(log: list[Step], deaths: ModelDeaths, mind: Mind, killed: int) -> None:
    for number, recorded in enumerate(deaths.recorded[:killed], 1):
        again = {heard.digest for heard in mind.heard if heard.deaths >= number} & recorded
        assert not again, f"answers that were recorded before death {number} were paid for again: {again}"
    asked = Counter(heard.digest for heard in mind.heard)
    failed = sum("failure" in (step.result or {}) for step in log)
    assert sum(count - 1 for count in asked.values()) <= killed + failed, asked
    # Every answer on record is one that was given, and no question has two.
    held = Counter(_answers(log))
    assert set(held.values()) <= {1}, held
    assert held.keys() <= asked.keys()


def _check_money(reader: Reader, session_id: str, log: list[Step]) -> None:
    session = sessions.get(reader, session_id)
    used = [step.result or {} for step in log if step.action["do"] == "AskModel"]
    assert session.tokens == sum(int(result.get("tokens", 0)) for result in used)
    assert abs(session.cost_usd - sum(float(result.get("cost_usd") or 0.0) for result in used)) < 1e-9
    for step in log:
        if step.action["do"] == "AskModel" and (step.result or {}).get("lost"):
            assert (step.result or {})["tokens"] == step.action["at_most"] > 0
            assert (step.result or {})["cost_usd"] == step.action["at_most_usd"] > 0
    for row in plans.all(reader, session_id):
        mine = [s.result or {} for s in log if s.task_id == row.id and s.action["do"] == "AskModel"]
        assert row.tokens == sum(int(result.get("tokens", 0)) for result in mine), row.id


def _check_log(reader: Reader, session_id: str, log: list[Step]) -> None:
    assert [step.n for step in log] == list(range(1, len(log) + 1))
    assert all(step.status is StepStatus.DONE for step in log)
    places = Counter((step.task_id, step.attempt, step.index) for step in log)
    twice = {place for place, count in places.items() if count > 1}
    assert not twice, (twice, [(s.n, s.task_id, s.index, s.action["do"]) for s in log])
    # What changes anything is started once, and once more at the most for each death in the middle of it.
    told = events.after(reader, 0, session_id=session_id, limit=100_000)
    started = Counter(int(event.data["step"]) for event in told if event.type == "action.started")
    cut = interrupted(told)
    assert all(count <= 1 + cut[n] for n, count in started.items()), (started, cut)
    # No call of the model was answered by two steps.
    calls = Counter((step.task_id, step.attempt, step.call) for step in log if step.call)
    assert set(calls.values()) <= {1}, calls


def _answers(log: list[Step]) -> list[str]:
    """The questions whose answers are on record, in order."""
    return [
        answered(json.dumps(step.result["reply"]))
        for step in log
        if step.action["do"] == "AskModel" and step.result is not None and "reply" in step.result
    ]
