"""A repository and an engine whose owner has a PIN; the scanner's compiled rules are shared by all tests of a run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.auth.vault import VaultChoice
from orion_tui.core.engine import Engine
from tests.support.bench import PIN, Bench, git
from tests.support.scanner import give_rules


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    repo = tmp_path / "repo"
    repo.mkdir()
    git(repo, "init", "-q", "-b", "main")
    (repo / "app.py").write_text("VALUE = 1\n")
    (repo / "other.txt").write_text("mine\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "base")
    home = OrionHome(tmp_path / "home")
    engine = Engine.open(home, wake=lambda: None)
    give_rules(home.cache)
    engine.auth.enroll_pin(PIN, current=None, vault=VaultChoice.MACHINE_KEY)
    yield Bench(engine=engine, home=home, repo=repo)
    engine.close()
