"""kill -9 of the supervisor while a model plans and works: RUN-7, and no answer on record is paid for again.

The model's answers depend on its questions alone, and each says which question it answers; so the step log at a death
and the server's list of what it was asked tell whether anything was asked once more than it had to be.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.engine import Engine
from orion_tui.core.models.sessions import SessionState
from tests.support.agent import CHAT, KEY_NAME, MESSAGES, submit, use
from tests.support.bench import Bench, git
from tests.support.crashing.lives import SWEEP
from tests.support.crashing.model_lives import ModelLives
from tests.support.crashing.model_points import gaps
from tests.support.crashing.model_verdict import ModelDeaths, check_model_run
from tests.support.crashing.nursery import Nursery
from tests.support.crashing.scripted import SETTINGS, STATUSES, Mind
from tests.support.crashing.supervisor import RETRIES
from tests.support.crashing.verdict import outcome
from tests.support.model_server import ModelServer
from tests.support.models import KEYS

from .conftest import BACKENDS

#: The tree that an undisturbed run ends with, and how many questions it asks: the first test makes sure.
TREE = "3094dbc89c5c96c713c0b4864986a420d4a1dd30"
QUESTIONS = 15


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as running:
        yield running


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    path = tmp_path / "repo"
    path.mkdir()
    git(path, "init", "-q")
    (path / "app.py").write_text("VALUE = 1\n")
    (path / "old.py").write_text("OLD = True\n")
    (path / "long.txt").write_text("".join(f"line {number} of a long story\n" for number in range(900)))
    (path / "test_app.py").write_text(
        "import unittest\nimport app\n\n\nclass T(unittest.TestCase):\n"
        "    def test_value(self):\n        self.assertEqual(app.VALUE, 2)\n"
    )
    (path / "test_tally.py").write_text(
        "import unittest\n\n\nclass T(unittest.TestCase):\n"
        "    def test_tally(self):\n        with open('tally.txt', 'a') as file:\n            file.write('x\\n')\n"
    )
    (path / ".gitignore").write_text("*.log\n__pycache__/\n")
    git(path, "add", "-A")
    git(path, "commit", "-qm", "base")
    return path


@pytest.fixture
def lives(tmp_path: Path, repo: Path, nursery: Nursery) -> Iterator[Callable[..., ModelLives]]:
    made: list[ModelLives] = []
    servers: list[ModelServer] = []

    def make(backend: str = "bubblewrap", model: str = CHAT) -> ModelLives:
        home = OrionHome(tmp_path / f"home-{len(made)}")
        mind = Mind()
        server = ModelServer(mind)
        server.__enter__()
        servers.append(server)
        use(home, server, SETTINGS)
        engine = Engine.open(home, wake=lambda: None)
        session = submit(Bench(engine=engine, home=home, repo=repo), model=model, review_plan=True)
        engine.close()
        made.append(
            ModelLives(
                home=home,
                session_id=session.id,
                backend=backend,
                mind=mind,
                nursery=nursery,
                deaths=ModelDeaths(),
                environment={KEY_NAME: KEYS[KEY_NAME]},
            )
        )
        return made[-1]

    yield make
    for one in made:
        one.close()
    for server in servers:
        server.__exit__(None, None, None)


def ends_well(life: ModelLives) -> None:
    """It came to what an undisturbed run comes to, and paid for nothing that it did not have to pay for."""
    end = outcome(life.home, life.session_id)
    assert (end.state, end.statuses) == ("completed", STATUSES), (end.reason, life.said())
    assert end.tree == TREE
    check_model_run(life.home, life.session_id, life.deaths, life.mind)


@pytest.mark.parametrize("backend", BACKENDS)
def test_undisturbed_it_ends_as_expected_and_asks_nothing_twice(lives: Callable[..., ModelLives], backend: str) -> None:
    life = lives(backend)
    life.finish()
    ends_well(life)
    assert len({heard.digest for heard in life.mind.heard}) == len(life.mind.heard) == QUESTIONS


#: Deaths of one session, one after the other, in the order of its work; counted anew in each life.
PLANS = [
    ("after question plan", 1),  # written down, not sent
    ("server half plan", 1),  # half of the answer is there
    ("after answer plan", 1),  # all of it is there, and nothing recorded
    ("after recorded plan", 1),
    ("after plan row", 1),  # inside the transaction that ends planning
    ("after observed PlanDecision", 1),  # it waits for its review
]
WORKS = [
    ("server sent work", 1),
    ("server half work", 1),
    ("server half work", 1),  # twice in a row, with nothing in between
    ("before recorded work", 2),
    ("after observed ReadFile", 1),
    ("before finish action.done", 1),  # the edit
    ("after start RunCommand", 1),
    ("after perform RunCommand", 1),  # the same one: it changes a file
    ("after observed Finish", 1),  # said to be done, and not checked
    ("after task done", 1),
]
PERSON = [
    ("after person asked", 1),
    ("after answer compact", 1),
    ("after recorded compact", 1),
    ("after observed Compaction", 1),
    ("after task failed", 1),
    ("after answer spent", 1),  # inside the transaction that takes the person's answer up
    ("after observed AskPerson", 1),
    ("after start DeleteFile", 1),  # the approval is spent
    ("before observed PlanDecision", 1),
    ("after observed PlanDecision", 1),  # by now the plan is another one
    ("before state completed", 1),
]


@pytest.mark.bubblewrap
@pytest.mark.parametrize(
    ("model", "deaths"), [(MESSAGES, PLANS), (CHAT, WORKS), (MESSAGES, PERSON)], ids=["plans", "works", "person"]
)
def test_killed_again_and_again_it_comes_to_the_same_end(
    lives: Callable[..., ModelLives], model: str, deaths: list[tuple[str, int]]
) -> None:
    life = lives(model=model)
    for wanted, nth in deaths:
        life.die_at(wanted, nth)
    life.finish()
    ends_well(life)


@pytest.mark.docker
def test_killed_again_and_again_in_containers_it_comes_to_the_same_end(lives: Callable[..., ModelLives]) -> None:
    life = lives("docker")
    for wanted in (
        "server half work",
        "after perform RunCommand",
        "after observed Compaction",
        "after start DeleteFile",
    ):
        life.die_at(wanted)
    life.finish()
    ends_well(life)


@pytest.mark.bubblewrap
def test_a_plan_that_was_approved_while_nobody_lived_is_gone_on_with(lives: Callable[..., ModelLives]) -> None:
    life = lives()
    life.answering = False
    child = life.begin()
    life.watch(lambda engine: engine.session(life.session_id).state is SessionState.AWAITING_PLAN or None)
    life.kill(child)
    engine = Engine.open(life.home, wake=lambda: None)
    life.answer(engine)
    engine.close()
    life.answering = True
    life.die_at("before state running")
    life.finish()
    ends_well(life)
    assert [heard.purpose for heard in life.mind.heard].count("plan") == 1


@pytest.mark.bubblewrap
def test_the_wait_for_a_model_that_fails_survives(lives: Callable[..., ModelLives]) -> None:
    life = lives()
    life.mind.failures = 2
    # The first release is that of the session whose plan waits for its review.
    life.die_at("after release", 2)
    life.die_at("after release", 1)
    life.finish()
    ends_well(life)
    engine = Engine.open(life.home, wake=lambda: None)
    told = engine.events(session_id=life.session_id, limit=10_000)
    engine.close()
    failed = [event for event in told if event.type == "model.failed"]
    assert len(failed) == 2
    for rung, failure in enumerate(failed):
        # What was waited for, as long as it was written down after the time was taken: never more than its rung.
        waited = float(failure.data["again"]) - failure.at
        assert ([0.0, *RETRIES][rung]) < waited <= RETRIES[rung]
        after = next(event for event in told if event.type == "model.asked" and event.seq > failure.seq)
        assert after.at >= float(failure.data["again"])


@pytest.mark.bubblewrap
def test_a_hint_between_a_summary_and_its_use_does_not_have_it_paid_for_again(lives: Callable[..., ModelLives]) -> None:
    life = lives()
    life.die_at("after recorded compact")
    engine = Engine.open(life.home, wake=lambda: None)
    engine.hint(life.session_id, "mind the length")
    engine.close()
    life.finish()
    ends_well(life)
    assert [heard.purpose for heard in life.mind.heard].count("compact") == 1


@pytest.mark.bubblewrap
def test_rolled_back_before_a_revision_it_has_its_old_plan_and_goes_on(lives: Callable[..., ModelLives]) -> None:
    life = lives()
    life.finish()
    engine = Engine.open(life.home, wake=lambda: None)
    assert engine.plan_version(life.session_id) == 2
    before = next(made for made in reversed(engine.checkpoints(life.session_id)) if made.task_id == "asks")
    engine.rollback(engine.preview_rollback(life.session_id, before.number))
    assert engine.plan_version(life.session_id) == 1
    assert {row.id: row.status.value for row in engine.tasks(life.session_id)}["fails"] == "failed"
    engine.resume(life.session_id)
    engine.close()
    asked = len(life.mind.heard)
    life.die_at("after recorded replan")
    life.die_at("after start WriteFile")
    life.finish()
    end = outcome(life.home, life.session_id)
    assert (end.state, end.statuses, end.tree) == ("completed", STATUSES, TREE)
    # What was taken back is asked for once more, and nothing twice.
    assert [heard.purpose for heard in life.mind.heard[asked:]] == ["replan", "work", "work"]


#: The instants of a run, each by itself, and every question that the model itself kills for: an even sample of them in
#: the normal run, each of whose parts takes other places; all in the sweep, which takes ten minutes.
PARTS, SAMPLE = (8, None) if SWEEP else (2, 6)


@pytest.mark.slow
@pytest.mark.bubblewrap
@pytest.mark.timeout(7200 if SWEEP else 300)
@pytest.mark.parametrize("part", range(PARTS))
def test_wherever_it_is_killed_it_comes_to_the_same_end(lives: Callable[..., ModelLives], part: int) -> None:
    life = lives()
    life.finish()
    asked = Counter(heard.purpose for heard in life.mind.heard)
    places = gaps(life.instants())
    places += [
        (f"server {at} {purpose}", nth)
        for purpose, count in asked.items()
        for nth in range(1, count + 1)
        for at in ("sent", "half")
    ]
    places = places[part::PARTS]
    wrong: list[str] = []
    for wanted, nth in places[:: len(places) // SAMPLE if SAMPLE else 1]:
        life = lives()
        try:
            life.die_at(wanted, nth)
            life.finish()
            ends_well(life)
        except AssertionError as error:
            wrong.append(f"{wanted} {nth}: {error}")
    assert not wrong, "\n\n".join(wrong)
