"""Bad input: each its own clear error and exit code, nothing lost, nothing half done."""

import os
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

import orion_tui
from orion_tui.base.paths import OrionHome
from orion_tui.core.repo import git as git_module
from tests.support.command_line import Orion, Ran
from tests.support.program import git, repository, snapshot, write_files

pytestmark = pytest.mark.bubblewrap

_PLAN = """\
playbook: 1
title: Change one file
tasks:
  - id: change
    title: Change it
    kind: write_code
    actions:
      - write: {path: new.py, content: "x = 1\\n"}
"""


@attrs.frozen
class Bench:
    """A home, a repository and a plan; `work` tries to start a session on them."""

    orion: Orion
    home: OrionHome
    folder: Path

    @property
    def plan(self) -> Path:
        return self.folder / "plan.yaml"

    @property
    def repo(self) -> Path:
        return self.folder / "repo"

    def work(self, workspace: Path | None = None, *more: str, role: str = "software-engineer") -> Ran:
        place = workspace or self.repo
        return self.orion("work", "-r", role, "-w", str(place), "--plan", str(self.plan), *more)

    def nothing_was_started(self) -> bool:
        """Neither a row nor a directory: as if the command had not been given."""
        rows = self.orion("sessions", "--json")
        return rows.code == 0 and rows.json() == [] and list(self.home.sessions.iterdir()) == []


@pytest.fixture
def bench(orion: Orion, orion_home: OrionHome, tmp_path: Path) -> Bench:
    made = Bench(orion, orion_home, tmp_path)
    made.plan.write_text(_PLAN, "utf-8")
    repository(made.repo, {"a.py": "a = 1\n"})
    return made


def _refused(bench: Bench, done: Ran, code: int, *words: str) -> None:
    assert done.code == code, done.err
    assert done.out == ""
    assert done.err.startswith("error: ")
    for word in words:
        assert word in done.err
    assert "Traceback" not in done.err
    assert bench.nothing_was_started()


# --- the workspace ----------------------------------------------------------------------------------------------------


def test_a_good_one_starts(bench: Bench) -> None:
    before = snapshot(bench.repo, without=())
    done = bench.work()
    assert done.code == 0, done.err
    (session,) = bench.orion("sessions", "--json").json()
    assert session["id"] in done.out
    assert session["workspace"] == str(bench.repo)
    assert session["base_branch"] == "main"
    assert snapshot(bench.repo, without=()) == before


def test_a_folder_that_is_no_repository(bench: Bench) -> None:
    plain = bench.folder / "plain"
    plain.mkdir()
    _refused(bench, bench.work(plain), 5, "not", "git", str(plain))


def test_a_folder_that_does_not_exist(bench: Bench) -> None:
    _refused(bench, bench.work(bench.folder / "nowhere"), 5, "does not exist")


def test_a_file_in_place_of_a_folder(bench: Bench) -> None:
    _refused(bench, bench.work(bench.repo / "a.py"), 5, "is a file")


def test_a_bare_repository(bench: Bench) -> None:
    git(bench.folder, "clone", "--quiet", "--bare", str(bench.repo), "bare.git")
    _refused(bench, bench.work(bench.folder / "bare.git"), 5, "bare")


def test_a_repository_without_a_commit(bench: Bench) -> None:
    (bench.folder / "empty").mkdir()
    git(bench.folder / "empty", "init", "--quiet")
    _refused(bench, bench.work(bench.folder / "empty"), 5, "commit")


def test_a_merge_that_is_not_finished(bench: Bench) -> None:
    git(bench.repo, "checkout", "--quiet", "-b", "side")
    write_files(bench.repo, {"a.py": "a = 2\n"})
    git(bench.repo, "commit", "--quiet", "-am", "Two")
    git(bench.repo, "checkout", "--quiet", "main")
    write_files(bench.repo, {"a.py": "a = 3\n"})
    git(bench.repo, "commit", "--quiet", "-am", "Three")
    assert subprocess.run(["git", "merge", "side"], cwd=bench.repo, capture_output=True, check=False).returncode == 1
    _refused(bench, bench.work(), 5, "merge", "git merge --abort")


def test_a_detached_head_is_worked_on(bench: Bench) -> None:
    git(bench.repo, "checkout", "--quiet", "--detach")
    assert bench.work().code == 0
    (session,) = bench.orion("sessions", "--json").json()
    assert session["base_branch"] == ""


def test_uncommitted_changes_stay_out_unless_asked_along(bench: Bench) -> None:
    write_files(bench.repo, {"a.py": "a = 2\n", "untracked.py": "u = 1\n"})
    before = snapshot(bench.repo, without=())
    done = bench.work()
    assert done.code == 0
    assert "a.py" in done.err
    (session,) = bench.orion("sessions", "--json").json()
    assert session["snapshot"] is None
    assert bench.orion("cancel").code == 0
    along = bench.work(None, "--snapshot")
    assert along.code == 0
    assert "uncommitted changes come along (a.py, untracked.py)" in along.err
    assert "stay out" not in along.err
    assert bench.orion("sessions", "--json").json()[0]["snapshot"] is not None
    assert snapshot(bench.repo, without=()) == before


def _shallow(bench: Bench) -> Path:
    write_files(bench.repo, {"a.py": "a = 2\n"})
    git(bench.repo, "commit", "--quiet", "-am", "Two")
    git(bench.folder, "clone", "--quiet", "--depth=1", f"file://{bench.repo}", "shallow")
    return bench.folder / "shallow"


def _linked(bench: Bench) -> Path:
    git(bench.repo, "worktree", "add", "--quiet", "-b", "side", str(bench.folder / "linked"))
    return bench.folder / "linked"


def _below(bench: Bench) -> Path:
    write_files(bench.repo, {"deep/er/x.py": ""})
    git(bench.repo, "add", "--all")
    git(bench.repo, "commit", "--quiet", "-m", "Deeper")
    return bench.repo / "deep" / "er"


def _submodule(bench: Bench) -> Path:
    other = repository(bench.folder / "other", {"o.py": ""})
    git(bench.repo, "submodule", "--quiet", "add", f"file://{other}", "vendored")
    git(bench.repo, "commit", "--quiet", "-m", "With a submodule")
    return bench.repo


def _pointers(bench: Bench) -> Path:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12345\n"
    write_files(bench.repo, {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "big.bin": pointer})
    # The filter is not installed here, as on most machines: the pointer itself is what was committed.
    git(bench.repo, "-c", "filter.lfs.required=false", "add", "--all")
    git(bench.repo, "commit", "--quiet", "-m", "With LFS")
    return bench.repo


def _attributes(bench: Bench) -> Path:
    write_files(
        bench.repo,
        {
            ".gitattributes": "private export-ignore\nsubst export-subst\n*.txt filter=shout eol=crlf\n",
            "private": "p",
            "subst": "$Format:%H$",
            "a.txt": "one\r\ntwo\r\n",
        },
    )
    git(bench.repo, "config", "filter.shout.clean", "false")
    git(bench.repo, "config", "filter.shout.smudge", "false")
    git(bench.repo, "-c", "filter.shout.clean=cat", "add", "--all")
    git(bench.repo, "commit", "--quiet", "-m", "With attributes")
    return bench.repo


def _odd_names(bench: Bench) -> Path:
    names = ["with space.py", "new\nline.py", "-dash.py", "tab\tname", "ünïcode.py"]
    write_files(bench.repo, dict.fromkeys(names, "odd\n"))
    (bench.repo / os.fsdecode(b"invalid-\xff\xfe.py")).write_text("odd\n", "utf-8")
    (bench.repo / "link").symlink_to("a.py")
    (bench.repo / "dangling").symlink_to("nowhere/at/all")
    git(bench.repo, "add", "--all")
    git(bench.repo, "commit", "--quiet", "-m", "Odd names")
    return bench.repo


def test_a_tree_that_no_sandbox_of_the_role_holds(bench: Bench) -> None:
    for number in range(3):  # each small enough to enter; little in git, all of it in the sandbox
        with (bench.repo / f"large-{number}").open("wb") as large:
            large.truncate(90 << 20)
    git(bench.repo, "add", "--all")
    git(bench.repo, "commit", "--quiet", "-m", "Large")
    _refused(bench, bench.work(), 5, "270 MiB", "256 MiB", "heavier sandbox profile")


@pytest.mark.parametrize("make", [_shallow, _linked, _below, _submodule, _pointers, _attributes, _odd_names])
def test_unusual_repositories_are_worked_on(bench: Bench, make: Callable[[Bench], Path]) -> None:
    place = make(bench)
    before = snapshot(place)
    done = bench.work(place)
    assert done.code == 0, done.err
    (session,) = bench.orion("sessions", "--json").json()
    assert session["base_commit"] == git(place, "rev-parse", "HEAD")
    assert snapshot(place) == before


# --- the request ------------------------------------------------------------------------------------------------------


def test_a_goal_without_a_plan_needs_a_model(bench: Bench) -> None:
    done = bench.orion("work", "-r", "software-engineer", "-w", str(bench.repo), "Make it better")
    _refused(bench, done, 12, "no model is chosen", "--plan")


@pytest.mark.parametrize("goal", [(), ("",), ("  ",)])
def test_without_a_goal_and_a_plan_it_is_the_goal_that_is_missed(bench: Bench, goal: tuple[str, ...]) -> None:
    done = bench.orion("work", "-r", "software-engineer", "-w", str(bench.repo), *goal)
    _refused(bench, done, 2, "there is no goal", "--plan FILE")


def test_without_a_role_nothing_starts(bench: Bench) -> None:
    done = bench.orion("work", "-w", str(bench.repo), "--plan", str(bench.plan))
    assert done.code == 2
    assert "--role" in done.err
    assert bench.nothing_was_started()


def test_an_unknown_role(bench: Bench) -> None:
    _refused(bench, bench.work(role="softwear-engineer"), 3, "software-engineer")


@pytest.mark.parametrize("name", ["../x", "a/b", "", "-x", "x" * 64])
def test_a_name_that_cannot_be_a_role(bench: Bench, name: str) -> None:
    done = bench.orion("work", f"--role={name}", "-w", str(bench.repo), "--plan", str(bench.plan))
    assert done.code in {2, 3}
    assert bench.nothing_was_started()


def test_a_role_that_came_with_the_repository(bench: Bench) -> None:
    starter = Path(orion_tui.__file__).parent / "roles" / "templates" / "software-engineer.yaml"
    text = starter.read_text("utf-8").replace("software-engineer", "helper").replace("Software Engineer", "Helper")
    write_files(bench.repo, {".orion/roles/helper.yaml": text})
    _refused(bench, bench.work(None, role="helper"), 7, "came with the workspace", "orion role show helper", "cp ")


def test_a_role_file_with_problems(bench: Bench) -> None:
    (bench.home.roles / "mine.yaml").write_text("name: mine\nscope: nowhere\nauthorty: {}\n", "utf-8")
    _refused(bench, bench.work(role="mine"), 4, "mine.yaml:2:8", "mine.yaml:3:1", "did you mean")


def test_a_playbook_with_problems_names_them_all(bench: Bench) -> None:
    bench.plan.write_text(
        "playbook: 1\ntitle: Bad\ntasks:\n"
        "  - id: Bad Id\n    title: x\n    kind: run_testz\n    actions: [{run: 'true'}]\n"
        "  - id: ok\n    title: y\n    kind: run\n    needs: [nobody]\n    actions: [{runn: 'true'}]\n",
        "utf-8",
    )
    place = str(bench.plan)
    _refused(bench, bench.work(), 4, f"{place}:4:9", f"{place}:6:11", "run_tests", "nobody", f"{place}:12")


def test_a_missing_playbook(bench: Bench) -> None:
    bench.plan.unlink()
    done = bench.work()
    _refused(bench, done, 4, str(bench.plan))


def test_a_plan_that_goes_in_a_circle(bench: Bench) -> None:
    task = "  - {{id: {}, title: t, kind: run, needs: [{}], actions: [{{run: 'true'}}]}}\n"
    bench.plan.write_text(
        "playbook: 1\ntitle: Round\ntasks:\n" + task.format("a", "b") + task.format("b", "a"), "utf-8"
    )
    _refused(bench, bench.work(), 4, "a -> b -> a")


def test_a_plan_with_a_forbidden_task(bench: Bench) -> None:
    bench.plan.write_text(
        "playbook: 1\ntitle: No\ntasks:\n"
        "  - {id: one, title: Ship it, kind: run, actions: [{run: git push --force origin main}]}\n"
        "  - {id: two, title: Deploy it, kind: deploy, actions: [{run: 'true'}]}\n",
        "utf-8",
    )
    _refused(bench, bench.work(), 7, "one", "force_push", "two", "deploy")


def test_two_sessions_on_one_workspace(bench: Bench) -> None:
    assert bench.work().code == 0
    done = bench.work(bench.repo)
    assert done.code == 9, done.err
    assert "orion cancel" in done.err
    assert len(bench.orion("sessions", "--json").json()) == 1


# --- the machine ------------------------------------------------------------------------------------------------------


def test_no_sandbox(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = bench.folder / "bin"
    tools.mkdir()
    for name in ("git", "sh", "env"):
        (tools / name).symlink_to(shutil.which(name) or name)
    monkeypatch.setenv("PATH", str(tools))
    git_module.git_executable.cache_clear()
    try:
        done = bench.work()
    finally:
        git_module.git_executable.cache_clear()
    _refused(bench, done, 6, "bubblewrap")


def test_no_git(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    git_module.git_executable.cache_clear()
    try:
        done = bench.work()
    finally:
        git_module.git_executable.cache_clear()
    assert done.code in {2, 6}
    assert "Traceback" not in done.err
    assert bench.nothing_was_started()


def test_no_home_variable(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.delenv("ORION_HOME")
        patched.delenv("HOME")
        done = bench.work()
    _refused(bench, done, 11, "neither ORION_HOME nor HOME is set")


def test_a_state_directory_that_cannot_be_written(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("ORION_HOME", "/proc/self/orion")
        done = bench.work()
    _refused(bench, done, 11, "/proc/self/orion", "ORION_HOME")


def test_a_state_directory_of_somebody_else(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    somebody = 54321 if os.geteuid() == 0 else 0
    theirs = bench.folder / "theirs"
    if somebody:
        theirs.mkdir()
        os.chown(theirs, somebody, somebody)
    else:
        theirs = Path("/")
    with monkeypatch.context() as patched:
        patched.setenv("ORION_HOME", str(theirs))
        done = bench.work()
    assert done.code == 11
    assert bench.nothing_was_started()
    if somebody:
        assert list(theirs.iterdir()) == []


def test_a_state_directory_that_is_full_of_other_things(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    # ORION_HOME=$HOME or ORION_HOME=/tmp is a slip that must not close the place to everybody else.
    place = bench.folder / "shared"
    write_files(place, {"notes.txt": "of somebody\n"})
    place.chmod(0o755)
    with monkeypatch.context() as patched:
        patched.setenv("ORION_HOME", str(place))
        done = bench.work()
    _refused(bench, done, 11, "holds other things ('notes.txt')", "a directory of its own")
    assert stat.S_IMODE(place.stat().st_mode) == 0o755
    assert [path.name for path in place.iterdir()] == ["notes.txt"]


def test_a_state_directory_that_is_a_file(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("ORION_HOME", str(bench.plan))
        done = bench.work()
    _refused(bench, done, 11, "plan.yaml is not a directory", "ORION_HOME")


def test_a_state_directory_made_in_advance(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    place = bench.folder / "advance"
    write_files(place, {"secrets_allowlist.yaml": "[]\n", "roles/README": "mine\n"})
    place.chmod(0o755)
    monkeypatch.setenv("ORION_HOME", str(place))
    assert bench.orion("sessions").code == 0
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


@pytest.mark.skipif(shutil.which("unshare") is None, reason="util-linux is not installed")
# With room for the store but not for the work, a sandbox is tried first: not where only one user id exists.
@pytest.mark.parametrize("size", ["64k", "1m"] if os.geteuid() == 0 else ["64k"])
def test_a_full_disk_below_the_state_directory(bench: Bench, size: str) -> None:
    # A disk of its own for one command: in a mount namespace, of a user namespace unless root makes it.
    large = bench.repo / "large"
    large.write_bytes(os.urandom(3_000_000))
    git(bench.repo, "add", "--all")
    git(bench.repo, "commit", "--quiet", "-m", "Large")
    disk = bench.folder / "disk"
    disk.mkdir()
    place, state = shlex.quote(str(disk)), shlex.quote(f"{disk}/home")
    work = [sys.executable, "-m", "orion_tui.cli.main", "work", "-r", "software-engineer"]
    work += ["-w", str(bench.repo), "-p", str(bench.plan)]
    script = (
        f"mount -t tmpfs -o size={size} tmpfs {place} && export ORION_HOME={state}; "
        f"{shlex.join(work)}; code=$?; ls -A {state}/sessions; exit $code"
    )
    alone = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    done = subprocess.run(
        ["unshare", *alone, "--mount", "sh", "-c", script], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode in {11, 13}, done.stderr
    assert "no room" in done.stderr.lower() or "No space left" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.strip() == "", "nothing of the session is left"
