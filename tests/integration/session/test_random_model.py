"""A model that talks nonsense in the right form: the session ends by itself, and nothing of it stays behind."""

import threading
from pathlib import Path

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.engine import Engine
from tests.support import rogue
from tests.support.agent import CHAT, MESSAGES, use
from tests.support.bench import Bench
from tests.support.held import Held, growth
from tests.support.model_server import ModelServer
from tests.support.random_model import RandomModel

#: Sessions in one process, and the steps of each. The first two fill caches.
SESSIONS, STEPS, FIRST = (40, 100, 2) if rogue.SWEEP else (8, 25, 2)


def play(bench: Bench, server: ModelServer, seed: int, steps: int, model: str) -> rogue.Ended:
    print(f"seed {seed}, {steps} steps, {model}")
    ended = rogue.play(bench, server, RandomModel(seed, steps=steps), seed=seed, model=model)
    rogue.check_all(bench, ended)
    return ended


@pytest.mark.bubblewrap
@pytest.mark.parametrize(("seed", "model"), [(1, CHAT), (2, MESSAGES)])
def test_nonsense_comes_to_an_end_and_breaks_nothing(bench: Bench, server: ModelServer, seed: int, model: str) -> None:
    ended = play(bench, server, seed, 60, model)
    assert len(ended.steps) > 40


@pytest.mark.slow
@pytest.mark.bubblewrap
@pytest.mark.timeout(3_600 if rogue.SWEEP else 300)
def test_session_after_session_of_nonsense_leaves_no_thread_no_file_and_no_memory_behind(
    tmp_path: Path, repo: Path, server: ModelServer
) -> None:
    held: list[Held] = []
    for seed in range(rogue.SEED, rogue.SEED + SESSIONS):
        home = OrionHome(tmp_path / f"home-{seed}")
        use(home, server)
        one = Bench(engine=Engine.open(home, wake=lambda: None), home=home, repo=repo)
        ended = play(one, server, seed, STEPS, (CHAT, MESSAGES)[seed % 2])
        one.engine.close()
        server.asked.clear()
        print(len(ended.steps), ended.session.state, ended.session.reason[:80])
        del one, ended
        held.append(Held.now())
        print(held[-1])
    early, late = held[FIRST - 1], held[-1]
    assert late.threads <= early.threads + 2, held
    assert late.files <= early.files + 2, held
    # A session takes dozens of steps: a piece that each of them leaves behind is more than this.
    each = growth(held[FIRST - 1 :])
    assert each.blocks < 500, (each, held)
    assert each.kilobytes < 32, (each, held)


def test_what_is_held_is_seen() -> None:
    before, over = Held.now(), threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    with Path(__file__).open("rb"):
        kept = [f"text {number}" for number in range(1_000)], b"x" * 200_000
        added = growth([before, Held.now()])
    over.set()
    thread.join()
    del kept
    assert (added.threads, added.files) == (1, 1)
    assert added.blocks >= 1_000
    assert added.kilobytes >= 190
    after = growth([before, Held.now()])
    assert (after.threads, after.files) == (0, 0)
    assert after.blocks < 500
    assert after.kilobytes < 32
