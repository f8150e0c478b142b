"""A goal in words, from outside: plan, review, work, a question, a failing check, an approval, promotion, undo.

The model is a scripted server that real HTTP goes to, named by settings; everything else is the program as it is.
"""

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.support.agent import call, does, finish, finishes, plans, said_to, task, tools_of
from tests.support.model_server import Answer, Call, ModelServer
from tests.support.models import KEYS, settings_text
from tests.support.program import PIN, Program, git, repository, snapshot, write_files

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.mock_llm, pytest.mark.timeout(300)]

#: One of each wire format: the model, and the variable of its key.
ANTHROPIC = ("anthropic/claude-sonnet-5-5", "ANTHROPIC_API_KEY")
BOX = ("box/scripted-1", "BOX_KEY")

#: Seconds for each thing that is waited for.
PATIENCE = 90.0

GOAL = "add the tax to the price"
QUESTION = "Which rate is meant?"
RATE = "nineteen percent"

FILES: Mapping[str, str | bytes] = {
    "shop.py": "def price(net: int) -> int:\n    return net\n",
    "old.py": "LEGACY = True\n",
    "test_shop.py": (
        "import unittest\n\nimport shop\n\n\nclass Price(unittest.TestCase):\n"
        "    def test_it_has_the_tax(self):\n        self.assertEqual(shop.price(100), 119)\n"
    ),
    ".gitignore": "__pycache__/\n",
}
PRICES = (
    "prices:\n  box/scripted-1: {input: 100, output: 200}\n  anthropic/claude-sonnet-5-5: {input: 100, output: 200}\n"
)
#: Of each answer of the script: 11 tokens in, 7 out.
TOKENS = 18
COST = (11 * 100 + 7 * 200) / 1_000_000


def edit(old: str, new: str) -> Call:
    return call("edit_file", path="shop.py", old=old, new=new)


def script() -> list[Answer]:
    """One answer for each question that the work asks."""
    return [
        plans(
            task("tax", "Add the tax", accept=[{"run": "python3 -m unittest -q"}]),
            task("clear", "Remove what is not used", kind="delete_files", needs=["tax"]),
            title="Add the tax",
        ),
        does(call("read_file", path="shop.py"), text="I look at it first."),
        does(call("ask_person", question=QUESTION)),
        does(edit("return net\n", "return net * 191 // 100\n"), finish("It is added.")),
        does(edit("191", "119"), finish("Now it is.")),
        does(call("delete_file", path="old.py")),
        finishes("It is gone."),
    ]


@attrs.frozen
class Goal:
    """One person's Orion, their project, and the model that they have chosen in their environment."""

    program: Program
    #: The same person on a terminal without key and model: what a service manager has.
    bare: Program
    project: Path
    server: ModelServer
    model: str
    #: The variable of its key.
    variable: str

    def check_keys(self) -> None:
        """Every question came with the key of its provider, and with no other."""
        for asked in self.server.asked:
            assert [name for name, key in KEYS.items() if key in str(asked.headers)] == [self.variable]

    def submit(self, *options: str) -> str:
        """Hand the goal in, wait until the plan waits for its review; the session's id."""
        done = self.program.run(
            "work",
            GOAL,
            "--role",
            "software-engineer",
            "--workspace",
            str(self.project),
            "--review",
            "--wait",
            *options,
        )
        assert done.returncode == 25, (done.stdout, done.stderr)
        assert f"{self.model}, chosen by ORION_MODEL" in done.stdout
        assert "plan proposed: Add the tax (2 tasks)" in done.stdout
        (session,) = self.program.json("sessions")
        return session["id"]

    def go_on(self, *arguments: str, code: int) -> str:
        """A command that follows the session; what it says."""
        done = self.program.run(*arguments, "--wait", timeout=200)
        assert done.returncode == code, (done.stdout, done.stderr)
        return done.stdout

    def stands_still(self, session: str, state: str) -> dict[str, Any]:
        """The session, once it is in that state; no command of the person's waits for it."""
        deadline = time.monotonic() + PATIENCE
        while (full := self.bare.json("status", session))["state"] != state:
            assert time.monotonic() < deadline, full
            time.sleep(0.1)
        return full

    def asked(self) -> str:
        """The id of the one question that waits for the person."""
        (approval,) = self.program.json("approvals")
        return approval["id"]


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Program]:
    program = Program.at(tmp_path / "home")
    yield program
    program.stop()


def made(bare: Program, server: ModelServer, tmp_path: Path, which: tuple[str, str], backend: str) -> Goal:
    model, variable = which
    bare.home.mkdir(mode=0o700)
    settings = bare.home / "settings.yaml"
    settings.write_text(settings_text(server.origin) + PRICES)
    settings.chmod(0o600)
    base = {name: value for name, value in bare.environment.items() if name not in KEYS}
    base["ORION_SANDBOX"] = backend
    chosen = {"ORION_MODEL": model, variable: KEYS[variable]}
    return Goal(
        program=Program(bare.home, {**base, **chosen}),
        bare=Program(bare.home, base),
        project=repository(tmp_path / "project", FILES),
        server=server,
        model=model,
        variable=variable,
    )


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(*script()) as running:
        yield running


@pytest.mark.parametrize(
    ("which", "backend"),
    [
        pytest.param(BOX, "bubblewrap", marks=pytest.mark.bubblewrap),
        pytest.param(ANTHROPIC, "bubblewrap", marks=pytest.mark.bubblewrap),
        pytest.param(ANTHROPIC, "docker", marks=pytest.mark.docker),
        pytest.param(BOX, "docker", marks=pytest.mark.docker),
    ],
    ids=["chat-bubblewrap", "messages-bubblewrap", "messages-docker", "chat-docker"],
)
def test_from_a_goal_in_words_to_a_promoted_commit_and_back(
    bare: Program, server: ModelServer, tmp_path: Path, which: tuple[str, str], backend: str
) -> None:
    goal = made(bare, server, tmp_path, which, backend)
    base, untouched = git(goal.project, "rev-parse", "main"), snapshot(goal.project)
    session = goal.submit()
    assert len(server.asked) == 1

    shown = goal.program.run("plan", session).stdout
    assert "Add the tax" in shown
    assert "Remove what is not used" in shown
    assert goal.program.run("plan", session, "--approve").returncode == 0
    goal.stands_still(session, "waiting")
    assert QUESTION in goal.program.run("approvals").stdout
    said = goal.go_on("approvals", "answer", goal.asked(), RATE, code=22)
    assert "check failed" in said
    assert RATE in said_to(server.asked[3])
    assert "AssertionError: 191 != 119" in said_to(server.asked[4])
    assert snapshot(goal.project) == untouched

    shown = goal.program.run("approvals", "show", goal.asked()).stdout
    assert "old.py" in shown
    goal.go_on("approvals", "approve", goal.asked(), code=0)
    full = goal.program.json("status", session)
    assert (full["state"], full["tasks_done"], full["backend"]) == ("completed", 2, backend)
    assert {row["id"]: (row["status"], row["checked"]) for row in full["tasks"]} == {
        "tax": ("done", "passed"),
        "clear": ("done", ""),
    }
    assert full["tokens"] == len(server.asked) * TOKENS == 7 * TOKENS
    assert full["cost_usd"] == pytest.approx(7 * COST)  # pyright: ignore[reportUnknownMemberType]
    goal.check_keys()

    status = goal.program.run("status", session).stdout
    assert "$0.02 of $5.00, 126 of" in status
    logs = goal.program.run("logs", session).stdout
    assert logs.count("18 tokens, $0.0025") == 7
    assert "I look at it first." in logs
    for told in (status, logs, str(full)):
        assert KEYS[which[1]] not in told

    goal.program.set_pin()
    assert with_pin(goal, "promote", session) == 0
    assert git(goal.project, "rev-parse", "main^1") == base
    assert git(goal.project, "log", "-1", "--format=%s") == f"orion(ara): {GOAL}"
    assert "119 // 100" in (goal.project / "shop.py").read_text()
    assert not (goal.project / "old.py").exists()
    write_files(goal.project, {"later.txt": "later"})
    git(goal.project, "add", "later.txt")
    git(goal.project, "commit", "--quiet", "--message", "Later")
    assert with_pin(goal, "undo-promote", session) == 0
    assert git(goal.project, "diff", "--name-only", base, "main") == "later.txt"
    assert git(goal.project, "status", "--porcelain") == ""
    assert git(goal.project, "fsck", "--strict", "--no-dangling") == ""


def with_pin(goal: Goal, command: str, session: str) -> int:
    return goal.program.run(command, session, "--yes", "--pin-stdin", stdin=f"{PIN}\n").returncode


@pytest.mark.bubblewrap
@pytest.mark.parametrize("which", [BOX, ANTHROPIC], ids=["chat", "messages"])
def test_a_supervisor_that_has_lost_the_key_stands_still_until_it_is_handed_over_again(
    bare: Program, server: ModelServer, tmp_path: Path, which: tuple[str, str]
) -> None:
    goal = made(bare, server, tmp_path, which, "bubblewrap")
    provider = goal.model.partition("/")[0]
    # It runs before anybody has a key, and never sees the environment of the command that hands the goal in.
    assert goal.bare.run("daemon", "start").returncode == 0
    session = goal.submit()
    goal.check_keys()
    assert goal.bare.run("daemon", "stop").returncode == 0
    assert goal.bare.run("daemon", "start").returncode == 0

    assert goal.bare.run("plan", session, "--approve").returncode == 0
    full = goal.stands_still(session, "paused")
    assert f"orion model unlock {provider}" in full["reason"]
    assert f"orion resume {session}" in full["reason"]
    assert f"orion model unlock {provider}" in goal.bare.run("status", session).stdout
    assert len(server.asked) == 1

    # Who has none either is told so, and nothing is asked.
    refused = goal.bare.run("resume", session, "--wait")
    assert (refused.returncode, len(server.asked)) == (12, 1)
    assert f"orion model login {provider}" in refused.stderr
    assert goal.bare.json("status", session)["state"] == "paused"
    assert goal.program.run("model", "unlock", provider).returncode == 0
    goal.go_on("resume", session, code=22)
    goal.check_keys()
    assert "read_file" in tools_of(server.asked[1])
    full = goal.program.json("status", session)
    assert (full["state"], full["tokens"]) == ("waiting", 3 * TOKENS)
    assert QUESTION in goal.program.run("approvals").stdout
    everything = b"".join(path.read_bytes() for path in bare.home.rglob("*") if path.is_file())
    assert os.fsencode(KEYS[which[1]]) not in everything
