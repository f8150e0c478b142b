"""Models through a proxy: a real one, a real supervisor process, and a password that stays where it is."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.agent import proxies
from tests.support.agent import call, does, finishes, plans, said_to, task
from tests.support.model_server import ModelServer
from tests.support.program import Program, repository

PASSWORD = "open-sesame-4711"
SETTINGS = "providers: {far: {base_url: 'http://models.invalid/v1'}}\nmodel: {default: far/any}\n"


@pytest.fixture
def proxy() -> Iterator[ModelServer]:
    """It answers itself whatever is asked through it."""
    with ModelServer() as running:
        running.script(plans(task("one")))
        yield running


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    program = Program.at(tmp_path / "home")
    OrionHome(program.home).prepare()
    (program.home / "settings.yaml").write_text(SETTINGS)
    (program.home / "settings.yaml").chmod(0o600)
    yield program
    program.stop()


def private(home: Path, text: str) -> Path:
    file = home / ".env"
    file.write_text(text)
    file.chmod(0o600)
    return file


def test_the_supervisor_asks_through_the_proxy_of_the_private_file(
    program: Program, proxy: ModelServer, tmp_path: Path
) -> None:
    place = proxy.origin.removeprefix("http://")
    private(program.home, f"HTTP_PROXY=http://me:{PASSWORD}@{place}\n")
    project = repository(tmp_path / "project", {"a.py": "A = 1\n"})
    done = program.run(
        "work", "make it two", "--role", "software-engineer", "--workspace", str(project), "--review", "--wait"
    )
    assert done.returncode == 25, (done.stdout, done.stderr)
    assert proxy.asked[0].target == "http://models.invalid/v1/chat/completions"
    sent = base64.b64decode(proxy.asked[0].headers["proxy-authorization"].removeprefix("Basic "))
    assert sent.decode() == f"me:{PASSWORD}"
    told = [path for path in program.home.rglob("*") if path.is_file() and path.name != ".env"]
    assert [path for path in told if PASSWORD.encode() in path.read_bytes()] == []


def test_what_runs_in_the_sandbox_knows_of_no_proxy(program: Program, proxy: ModelServer, tmp_path: Path) -> None:
    place = proxy.origin.removeprefix("http://")
    private(program.home, f"HTTP_PROXY=http://me:{PASSWORD}@{place}\nHTTPS_PROXY=http://me:{PASSWORD}@{place}\n")
    proxy.script(plans(task("one")), does(call("run", command="env")), finishes(), finishes())
    project = repository(tmp_path / "project", {"a.py": "A = 1\n"})
    done = program.run("work", "make it two", "--role", "software-engineer", "--workspace", str(project), "--wait")
    (seen,) = [said for asked in proxy.asked if "PATH=" in (said := said_to(asked))][:1]
    assert "_proxy" not in seen.lower(), (done.stdout, done.stderr)
    assert PASSWORD not in "".join(said_to(asked) for asked in proxy.asked)


def test_an_environment_of_its_own_comes_first(tmp_path: Path) -> None:
    file = private(tmp_path, "HTTPS_PROXY=http://file:1\nNO_PROXY=models.invalid\nSOMETHING_ELSE=x\n")
    environ = {"https_proxy": "http://own:1"}
    proxies.take_in(file, environ)
    assert environ == {"https_proxy": "http://own:1", "NO_PROXY": "models.invalid"}


def test_a_file_that_others_can_read_is_not_used_and_keeps_nothing_from_starting(tmp_path: Path) -> None:
    file = private(tmp_path, f"HTTPS_PROXY=http://me:{PASSWORD}@file:1\n")
    file.chmod(0o644)
    environ: dict[str, str] = {}
    proxies.take_in(file, environ)
    assert environ == {}
