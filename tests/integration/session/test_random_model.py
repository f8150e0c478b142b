"""A model that talks nonsense in the right form: the session ends by itself, and nothing of it stays behind."""

import os
from pathlib import Path

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.engine import Engine
from tests.support import rogue
from tests.support.agent import CHAT, MESSAGES, use
from tests.support.bench import Bench
from tests.support.model_server import ModelServer
from tests.support.random_model import RandomModel

pytestmark = pytest.mark.bubblewrap


def play(bench: Bench, server: ModelServer, seed: int, steps: int, model: str, patience: float) -> rogue.Ended:
    print(f"seed {seed}, {steps} steps, {model}")
    ended = rogue.play(bench, server, RandomModel(seed, steps=steps), seed=seed, model=model, patience=patience)
    rogue.check_all(bench, ended)
    return ended


@pytest.mark.parametrize(("seed", "model"), [(1, CHAT), (2, MESSAGES)])
def test_nonsense_comes_to_an_end_and_breaks_nothing(bench: Bench, server: ModelServer, seed: int, model: str) -> None:
    ended = play(bench, server, seed, 60, model, 100)
    assert len(ended.steps) > 40


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_thousands_of_steps_of_nonsense_leave_no_thread_no_file_and_no_memory_behind(
    tmp_path: Path, repo: Path, server: ModelServer, bench: Bench
) -> None:
    steps, seed, sizes = 0, int(os.environ.get("ORION_SEED", "100")), list[rogue.Growth]()
    while steps < 3_000:
        home = OrionHome(tmp_path / f"home-{seed}")
        use(home, server)
        one = Bench(engine=Engine.open(home, wake=lambda: None), home=home, repo=repo)
        ended = play(one, server, seed, 400, (CHAT, MESSAGES)[seed % 2], 900)
        one.engine.close()
        server.asked.clear()
        steps += len(ended.steps)
        sizes.append(rogue.Growth.now())
        print(seed, len(ended.steps), ended.session.state, ended.session.reason[:80], sizes[-1])
        seed += 1
    # The first sessions fill caches; from then on nothing grows with their number.
    early, late = sizes[1], sizes[-1]
    assert late.threads <= early.threads + 2, sizes
    assert late.files <= early.files + 8, sizes
    assert late.kilobytes <= early.kilobytes + 60_000, sizes
