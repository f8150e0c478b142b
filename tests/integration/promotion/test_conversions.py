"""Line endings, filters, drivers: the user's own apply as in a checkout, and nothing that the agent names runs."""

from pathlib import Path

import pytest

from orion_tui.base.errors import ConflictError
from tests.support import rich
from tests.support.promotion import Change, Scene, contents, file, git, gone, status

pytestmark = pytest.mark.unit


def _filter(scene: Scene, name: str, *, fails: bool = False) -> Path:
    """A filter of the user's that leaves a trace when it runs: upper case on disk, lower case in git."""
    trace = scene.tmp / f"{name}-ran"
    for way, table in (("clean", "A-Z a-z"), ("smudge", "a-z A-Z")):
        program = scene.tmp / f"{name}-{way}"
        program.write_text(f"#!/bin/sh\necho {way} >> {trace}\n{'exit 1' if fails else f'tr {table}'}\n")
        program.chmod(0o755)
        scene.git("config", f"filter.{name}.{way}", str(program))
    scene.git("config", f"filter.{name}.required", "true")
    return trace


CONVERSIONS: dict[str, tuple[dict[str, str], dict[str, str | bytes], tuple[Change, ...]]] = {
    "autocrlf": (
        {"core.autocrlf": "true"},
        {"a.txt": b"one\r\ntwo\r\n", "b.txt": b"b\r\n", "keep.txt": b"keep\r\n"},
        (file("a.txt", "one\nTWO\n"), file("new/n.txt", "n\n"), gone("b.txt")),
    ),
    "autocrlf-input-with-crlf-on-disk": (
        {"core.autocrlf": "input", "core.safecrlf": "false"},
        {"a.txt": b"one\r\ntwo\r\n", "keep.txt": b"keep\r\n"},
        (file("a.txt", "one\nTWO\n"), file("n.txt", "n\n")),
    ),
    "eol-attribute": (
        {},
        {".gitattributes": "*.txt text eol=crlf\n", "a.txt": b"one\r\ntwo\r\n", "keep.txt": b"keep\r\n"},
        (file("a.txt", "one\nTWO\n"), file("n.txt", "n\n")),
    ),
    "eol-attribute-appears": (
        {},
        {"a.txt": "one\ntwo\n", "keep.txt": "keep\n"},
        (file(".gitattributes", "*.txt text eol=crlf\n"), file("a.txt", "one\nTWO\n"), file("n.txt", "n\n")),
    ),
    "eol-attribute-disappears": (
        {},
        {".gitattributes": "a.txt text eol=crlf\n", "a.txt": b"one\r\ntwo\r\n", "keep.txt": "keep\n"},
        (gone(".gitattributes"), file("a.txt", "one\nTWO\n"), file("n.txt", "n\n")),
    ),
    "working-tree-encoding": (
        {},
        {".gitattributes": "*.u16 working-tree-encoding=UTF-16LE\n", "a.u16": "one\n".encode("utf-16-le")},
        (file("a.u16", "two ö\n"), file("n.u16", "n\n")),
    ),
    "ident": (
        {},
        {".gitattributes": "*.c ident\n", "a.c": "/* $Id$ */\n", "keep.c": "/* $Id$ */ keep\n"},
        (file("a.c", "/* $Id$ */ two\n"), file("n.c", "/* $Id$ */ n\n")),
    ),
    "export-ignore": (
        {},
        {".gitattributes": "a.txt export-ignore export-subst\n", "a.txt": "$Format:%H$\n", "keep.txt": "k\n"},
        (file("a.txt", "$Format:%H$ two\n"),),
    ),
    "file-mode-off": (
        {"core.fileMode": "false"},
        {"a.sh": "#!/bin/sh\n", "keep.txt": "k\n"},
        (file("a.sh", "#!/bin/sh\n", executable=True), file("n.sh", "n\n", executable=True)),
    ),
}


@pytest.mark.parametrize("name", CONVERSIONS)
def test_files_are_written_as_a_checkout_writes_them(scene: Scene, name: str) -> None:
    config, tree, work = CONVERSIONS[name]
    scene.make({"readme": "x\n"})
    for key, value in config.items():
        scene.git("config", key, value)
    scene.write(tree)
    scene.commit("with conversions")
    scene.start()
    scene.work_off(*work)
    before, seen = contents(scene.work), status(scene.work)

    promoted = scene.promote()

    touched = {change.path for change in promoted.changes}
    expected = contents(rich.checked_out(scene, promoted.merge_commit, scene.tmp / "expected"))
    now = contents(scene.work)
    assert {path: now.get(path) for path in touched} == {path: expected.get(path) for path in touched}
    assert {path: one for path, one in now.items() if path not in touched} == {
        path: one for path, one in before.items() if path not in touched
    }
    assert status(scene.work) == seen

    scene.undo(promoted)
    back = contents(scene.work)
    fresh = contents(rich.checked_out(scene, scene.tip, scene.tmp / "back"))
    assert {path: back.get(path) for path in touched} == {path: fresh.get(path) for path in touched}
    assert status(scene.work) == seen


def test_a_file_that_git_calls_unchanged_is_no_edit_whatever_its_bytes(scene: Scene) -> None:
    scene.make({"a.txt": "one\n"})
    scene.git("config", "core.autocrlf", "true")
    scene.start()
    scene.work_off(file("a.txt", "two\n"))
    # Both line endings are the same to git under autocrlf.
    scene.write({"a.txt": b"one\r\n"})
    assert scene.git("diff") == ""
    scene.promote()
    assert (scene.work / "a.txt").read_bytes() == b"two\r\n"


def test_the_users_own_filter_runs_for_the_files_it_is_for(scene: Scene) -> None:
    scene.make({".gitattributes": "*.up filter=up\n"})
    trace = _filter(scene, "up")
    scene.write({"a.up": "HELLO\n", "plain.txt": "plain\n"})
    scene.commit()
    assert scene.git("show", "HEAD:a.up") == "hello"
    scene.start()
    scene.work_off(file("a.up", "goodbye\n"), file("n.up", "new\n"), file("plain.txt", "more\n"))
    trace.unlink()

    promoted = scene.promote()

    assert (scene.work / "a.up").read_text() == "GOODBYE\n"
    assert (scene.work / "n.up").read_text() == "NEW\n"
    assert (scene.work / "plain.txt").read_text() == "more\n"
    assert trace.exists()
    assert status(scene.work) == ""
    scene.undo(promoted)
    assert (scene.work / "a.up").read_text() == "HELLO\n"
    assert status(scene.work) == ""


def test_a_required_filter_that_fails_stops_before_anything_moves(scene: Scene) -> None:
    scene.make({".gitattributes": "*.up filter=up\n"})
    scene.start()
    scene.work_off(file("n.up", "new\n"))
    _filter(scene, "up", fails=True)
    before = scene.everything()
    with pytest.raises(ConflictError, match="as your git configuration asks"):
        scene.promote()
    assert scene.everything() == before


@pytest.mark.parametrize(
    "attributes",
    ["*.txt filter=evil\n", "* filter=evil\n", "*.txt filter=evil\n*.up filter=evil\n"],
    ids=["one-kind", "everything-itself-included", "takes-over-from-another-filter"],
)
def test_a_filter_that_the_agent_newly_names_does_not_run(scene: Scene, attributes: str) -> None:
    scene.make({"sub/.gitattributes": "*.up filter=up\n"})
    _filter(scene, "up")
    evil = _filter(scene, "evil")
    scene.write({"a.txt": "one\n", "sub/b.txt": "b\n", "sub/c.up": "HELLO\n"})
    scene.commit()
    scene.start()
    scene.work_off(
        file("a.txt", "two\n"),
        file("n.txt", "n\n"),
        file("sub/.gitattributes", "*.up filter=up\n" + attributes),
        file(".gitattributes", attributes),
        file("sub/b.txt", "bb\n"),
        file("sub/c.up", "goodbye\n"),
    )

    promoted = scene.promote()

    assert not evil.exists()
    assert (scene.work / "a.txt").read_text() == "two\n"
    assert (scene.work / "sub/b.txt").read_text() == "bb\n"
    assert (scene.work / ".gitattributes").read_text() == attributes
    # Positive control: the user's own next checkout does what their configuration says.
    git(scene.work, "checkout", "-q", "HEAD~1")
    git(scene.work, "checkout", "-q", "main")
    assert evil.exists()
    assert promoted.merge_commit == scene.tip


def test_a_filter_that_stays_named_still_runs_when_attributes_change(scene: Scene) -> None:
    scene.make({".gitattributes": "*.up filter=up\n"})
    trace = _filter(scene, "up")
    scene.write({"a.up": "HELLO\n"})
    scene.commit()
    scene.start()
    scene.work_off(file(".gitattributes", "*.up filter=up\n*.md text\n"), file("a.up", "goodbye\n"))
    trace.unlink()
    scene.promote()
    assert (scene.work / "a.up").read_text() == "GOODBYE\n"
    assert status(scene.work) == ""


def _merge_driver(scene: Scene) -> Path:
    trace = scene.tmp / "driver-ran"
    scene.git("config", "merge.evil.driver", f"touch {trace}; cat %B > %A")
    scene.git("config", "merge.evil.name", "evil")
    return trace


def _diverge(scene: Scene) -> None:
    lines = [f"{n}\n" for n in range(20)]
    scene.make({".gitattributes": "*.txt merge=evil\n", "a.txt": "".join(lines)})
    scene.start()
    scene.work_off(file("a.txt", "".join(["agent\n", *lines[1:]])))
    scene.write({"a.txt": "".join([*lines[:-1], "user\n"])})
    scene.commit()


def test_no_merge_driver_runs(scene: Scene) -> None:
    _diverge(scene)
    trace = _merge_driver(scene)
    promoted = scene.promote()
    assert not trace.exists()
    merged = (scene.work / "a.txt").read_text().splitlines()
    assert (merged[0], merged[-1]) == ("agent", "user")
    scene.write({"a.txt": (scene.work / "a.txt").read_text().replace("10\n", "ten\n")})
    scene.commit()
    scene.undo(promoted)
    assert not trace.exists()
    assert (scene.work / "a.txt").read_text().splitlines()[0] == "0"


def test_the_same_driver_does_run_in_a_plain_merge(scene: Scene) -> None:
    """Positive control for the test above: the very same merge, done by `git merge`."""
    _diverge(scene)
    promoted = scene.promote()
    trace = _merge_driver(scene)
    scene.git("reset", "-q", "--hard", "HEAD~1")
    scene.git("merge", "-q", "--no-edit", promoted.squash_commit)
    assert trace.exists()


def test_hooks_do_run_in_a_plain_commit(scene: Scene) -> None:
    """Positive control for the states with hooks: the same hooks, run by a plain `git commit`."""
    scene.make()
    rich.hooks(scene)
    scene.git("commit", "-q", "--allow-empty", "-m", "x", check=False)
    assert "pre-commit" in (scene.tmp / "ran").read_text()
    assert "reference-transaction" in (scene.tmp / "ran").read_text()


def test_a_file_system_monitor_does_run_in_a_plain_status(scene: Scene) -> None:
    """Positive control for the state with a monitor."""
    scene.make()
    rich.fsmonitor(scene)
    scene.git("status")
    assert "fsmonitor" in (scene.tmp / "ran").read_text()
