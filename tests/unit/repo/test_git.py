"""What git is allowed to see and run, with a positive control for each thing it must not."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from orion_tui.base.errors import GitError, UsageError
from orion_tui.core.repo import git as gateway
from orion_tui.core.repo.git import NO_DRIVERS, Git, git_version, require_git

pytestmark = pytest.mark.unit


def plain(repo: Path, *args: str, check: bool = True) -> str:
    """git as a person would run it: the positive control."""
    done = subprocess.run(["git", *args], cwd=repo, capture_output=True, check=check, text=True)
    return done.stdout


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    path = tmp_path / "work"
    path.mkdir()
    plain(path, "init", "-q", "-b", "main")
    plain(path, "config", "user.name", "Ada")
    plain(path, "config", "user.email", "ada@example.org")
    (path / "a.txt").write_text("one\n")
    plain(path, "add", "-A")
    plain(path, "commit", "-q", "-m", "first")
    return path


@pytest.fixture
def trap(tmp_path: Path) -> tuple[str, Path]:
    """A program that leaves a mark when it runs."""
    mark = tmp_path / "executed"
    script = tmp_path / "trap.sh"
    script.write_text(f'#!/bin/sh\ntouch "{mark}"\ncat "$@" 2>/dev/null\nexit 0\n')
    script.chmod(0o755)
    return str(script), mark


def sprung(mark: Path) -> bool:
    found = mark.exists()
    mark.unlink(missing_ok=True)
    return found


@pytest.mark.parametrize("make", [Git.user, Git.owned])
def test_git_never_runs_elsewhere_when_its_directory_is_gone(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], Git]
) -> None:
    monkeypatch.chdir(repo)
    with pytest.raises(GitError):
        make(tmp_path / "gone").text("rev-parse", "HEAD")
    assert plain(repo, "rev-parse", "HEAD") == Git.user(Path()).text("rev-parse", "HEAD") + "\n"


def test_text_drops_one_newline_and_bytes_keeps_all(repo: Path) -> None:
    git = Git.user(repo)
    assert git.text("cat-file", "-p", "HEAD:a.txt") == "one"
    assert git.bytes("cat-file", "-p", "HEAD:a.txt") == b"one\n"


def test_input_reaches_standard_input(repo: Path) -> None:
    oid = Git.user(repo).text("hash-object", "--stdin", input=b"hello\n")
    assert oid == "ce013625030ba8dba906f756967f9e9ca394464a"


def test_failure_names_command_status_and_reason(repo: Path) -> None:
    with pytest.raises(GitError) as caught:
        Git.user(repo).text("rev-parse", "--verify", "nowhere")
    assert "git rev-parse --verify nowhere" in str(caught.value)
    assert "exit status 128" in str(caught.value)
    assert "Needed a single revision" in str(caught.value)


def test_failure_text_carries_no_control_characters(repo: Path) -> None:
    with pytest.raises(GitError) as caught:
        Git.user(repo).text("rev-parse", "--verify", "\x1b]52;c;AAAA\x07\x1b[31mred")
    assert "\x1b" not in str(caught.value)
    assert "\x07" not in str(caught.value)


def test_status_reports_instead_of_raising(repo: Path) -> None:
    status, output, said = Git.user(repo).status("rev-parse", "--verify", "nowhere")
    assert (status, output) == (128, b"")
    assert "Needed a single revision" in said


def test_undecodable_names_pass_both_ways(repo: Path) -> None:
    name = b"caf\xe9.txt"
    (repo / os.fsdecode(name)).write_bytes(b"x")
    git = Git.user(repo)
    git.text("add", "--", name)
    assert name in git.bytes("ls-files", "-z").split(b"\0")
    assert os.fsdecode(name) in git.text("ls-files", "-z").split("\0")


def test_pathspecs_are_literal(repo: Path) -> None:
    assert Git.user(repo).text("ls-files", "--", "*.txt") == ""
    assert plain(repo, "ls-files", "--", "*.txt") == "a.txt\n"


def test_a_command_never_prompts_and_reads_nothing(repo: Path) -> None:
    assert Git.user(repo).text("hash-object", "--stdin") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


def test_timeout_kills_the_whole_group(repo: Path, tmp_path: Path) -> None:
    pidfile = tmp_path / "pid"
    slow = f"!sh -c 'echo $$ > {pidfile}; sleep 600; :'"
    with pytest.raises(GitError, match="did not finish within"):
        Git.user(repo, config={"alias.slow": slow}).text("slow", timeout=1.0)
    pid = int(pidfile.read_text())
    for _ in range(200):  # a killed orphan may stay a zombie until it is reaped
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):  # gone, or going while it is read
            return
        if state == "Z":
            return
        time.sleep(0.01)
    pytest.fail("the child of git outlived the timeout")


def test_git_runs_in_a_session_of_its_own(repo: Path) -> None:
    git = Git.user(repo, config={"alias.who": "!ps -o sid= -p $$ 2>/dev/null || cut -d' ' -f6 /proc/$$/stat"})
    assert int(git.text("who")) != os.getsid(0)


def test_process_talks_and_reports_how_it_ended(repo: Path) -> None:
    git = Git.user(repo)
    with git.process("cat-file", "--batch") as batch:
        batch.stdin.write(b"HEAD:a.txt\n")
        batch.stdin.flush()
        assert batch.stdout.readline().endswith(b" blob 4\n")
        assert batch.stdout.read(5) == b"one\n\n"


def test_process_raises_with_what_git_said(repo: Path) -> None:
    with pytest.raises(GitError, match="Unsupported command"), Git.user(repo).process("fast-import") as importer:
        importer.stdin.write(b"nonsense\n")


def test_process_is_killed_when_the_block_fails(repo: Path) -> None:
    threads = threading.active_count()
    with pytest.raises(RuntimeError), Git.user(repo).process("cat-file", "--batch"):
        raise RuntimeError
    assert threading.active_count() == threads


def test_callers_variables_do_not_redirect(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other"
    other.mkdir()
    plain(other, "init", "-q", "-b", "elsewhere")
    for name, value in {
        "GIT_DIR": str(other / ".git"),
        "GIT_WORK_TREE": str(other),
        "GIT_INDEX_FILE": str(tmp_path / "no-index"),
        "GIT_NAMESPACE": "hostile",
        "GIT_CEILING_DIRECTORIES": str(tmp_path),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "user.name",
        "GIT_CONFIG_VALUE_0": "Mallory",
        "GIT_CONFIG_PARAMETERS": "'user.email=mallory@example.org'",
    }.items():
        monkeypatch.setenv(name, value)
    assert plain(repo, "symbolic-ref", "HEAD").strip() == "refs/heads/elsewhere"
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "no-objects"))
    git = Git.user(repo)
    assert git.text("symbolic-ref", "HEAD") == "refs/heads/main"
    assert git.text("ls-files") == "a.txt"
    assert git.text("config", "user.name") == "Ada"
    assert git.text("config", "user.email") == "ada@example.org"
    assert git.text("cat-file", "-p", "HEAD:a.txt") == "one"


def test_only_known_git_variables_reach_git(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_SSH_COMMAND", "false")
    monkeypatch.setenv("GIT_SOMETHING_NEW", "1")
    seen = Git.user(repo, config={"alias.show-env": "!env"}).text("show-env")
    names = {line.split("=", 1)[0] for line in seen.splitlines()}
    assert "GIT_SSH_COMMAND" not in names
    assert "GIT_SOMETHING_NEW" not in names
    assert "GIT_TERMINAL_PROMPT" in names


def test_hooks_do_not_run(repo: Path, trap: tuple[str, Path]) -> None:
    script, mark = trap
    hook = repo / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.symlink_to(script)
    plain(repo, "branch", "control")
    assert sprung(mark)
    Git.user(repo).text("update-ref", "refs/heads/quiet", "HEAD")
    assert not sprung(mark)


def test_file_system_monitor_does_not_run(repo: Path, trap: tuple[str, Path]) -> None:
    script, mark = trap
    plain(repo, "config", "core.fsmonitor", script)
    plain(repo, "status")
    assert sprung(mark)
    Git.user(repo).text("status", "--porcelain")
    assert not sprung(mark)


def test_external_diff_and_textconv_do_not_run(
    repo: Path, trap: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    script, mark = trap
    (repo / "a.txt").write_text("two\n")
    plain(repo, "commit", "-q", "-am", "second")
    (repo / ".git" / "info" / "attributes").write_text("* diff=evil\n")
    plain(repo, "config", "diff.evil.textconv", script)
    plain(repo, "diff", "HEAD~", "HEAD")
    assert sprung(mark)
    git = Git.user(repo)
    for command in ("diff", "diff-tree"):
        assert "+two" in git.text(command, "-p", *NO_DRIVERS, "HEAD~", "HEAD")
        assert not sprung(mark)
    plain(repo, "config", "diff.evil.command", script)
    plain(repo, "diff", "HEAD~", "HEAD")
    assert sprung(mark)
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", script)
    assert "+two" in git.text("diff", *NO_DRIVERS, "HEAD~", "HEAD")
    assert not sprung(mark)


def test_the_users_configuration_counts_in_their_repository(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[core]\n\tautocrlf = input\n[user]\n\tsigningKey = ABC\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    assert Git.user(repo).text("config", "user.signingKey") == "ABC"
    assert Git.user(repo).text("config", "core.autocrlf") == "input"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    path = tmp_path / "bare.git"
    subprocess.run(["git", "init", "-q", "--bare", path], check=True)
    return path


def test_no_configuration_of_user_or_system_counts_in_owned(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (home / ".config" / "git").mkdir(parents=True)
    (home / ".gitconfig").write_text("[user]\n\tname = Mallory\n[alias]\n\tx = !touch /tmp/x\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    assert plain(bare, "config", "user.name") == "Mallory\n"
    status, output, _ = Git.owned(bare).status("config", "user.name")
    assert (status, output) == (1, b"")


def test_replaced_objects_do_not_count_in_owned(bare: Path) -> None:
    git = Git.owned(bare)
    one = git.text("hash-object", "-w", "--stdin", input=b"one")
    two = git.text("hash-object", "-w", "--stdin", input=b"two")
    git.text("update-ref", f"refs/replace/{one}", two)
    assert plain(bare, "cat-file", "-p", one) == "two"
    assert git.text("cat-file", "-p", one) == "one"


def test_version_is_parsed_and_old_git_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert git_version() >= (2, 38)
    require_git()
    monkeypatch.setattr(gateway, "git_version", lambda: (2, 34, 1))
    with pytest.raises(UsageError, match=r"git 2\.34\.1 is too old"):
        require_git()


def test_missing_git_names_the_fix(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    gateway.git_executable.cache_clear()
    try:
        with pytest.raises(UsageError, match="apt install git"):
            Git.user(tmp_path).text("version")
    finally:
        gateway.git_executable.cache_clear()


def test_git_of_the_current_directory_is_never_run(
    repo: Path, trap: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    script, mark = trap
    (repo / "git").symlink_to(script)
    monkeypatch.setenv("PATH", f".:{os.environ['PATH']}")
    monkeypatch.chdir(repo)
    subprocess.run(["git", "version"], cwd=repo, check=True, capture_output=True)
    assert sprung(mark)
    gateway.git_executable.cache_clear()
    try:
        Git.user(repo).text("rev-parse", "HEAD")
    finally:
        gateway.git_executable.cache_clear()
    assert not sprung(mark)


def test_a_signal_is_reported_as_one(repo: Path) -> None:
    git = Git.user(repo)
    error = gateway.failure(("x",), -signal.SIGKILL, b"")
    assert "signal 9" in str(error)
    assert git.path == repo


def test_importing_the_rooms_of_git_does_not_import_gitpython() -> None:
    """It costs a tenth of a second, which the first paint does not have."""
    rooms = "git, workspace, session_repo, diff, ignore"
    code = f"import sys; from orion_tui.core.repo import {rooms}; sys.exit('git' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
