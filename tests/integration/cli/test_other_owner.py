"""A repository that belongs to somebody else: only root can make one, so only root tries it."""

import os
from pathlib import Path

import pytest

from tests.support.command_line import Orion
from tests.support.program import repository


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_repository_of_another_user_is_refused_with_what_to_do(orion: Orion, tmp_path: Path) -> None:
    theirs = repository(tmp_path / "repo", {"a.py": "a = 1\n"})
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        "playbook: 1\ntitle: t\ntasks:\n  - {id: a, title: t, kind: run, actions: [{run: 'true'}]}\n", "utf-8"
    )
    for path in [theirs, *theirs.rglob("*")]:
        os.lchown(path, 54321, 54321)
    done = orion("work", "-r", "software-engineer", "-w", str(theirs), "-p", str(plan))
    assert done.code == 5
    assert "safe.directory" in done.err
    assert orion("sessions", "--json").json() == []
