"""A scan that asks the kernel what changed finds what a look at everything finds."""

import mmap
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orion_tui.core.sandbox import treestream
from orion_tui.core.sandbox.agent import scan, tree
from orion_tui.core.sandbox.agent.paths import Root
from orion_tui.core.sandbox.agent.watch import Watch
from orion_tui.core.sandbox.base import StatEntry

pytestmark = pytest.mark.unit


class Scene:
    """A workspace, what the host was told of it, and a way to count looks at everything."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.root = Root(str(base))
        self.known = scan.Known(watched=True)
        self.told: dict[bytes, StatEntry] = {}

    def look(self, limit: int = 100_000) -> set[bytes]:
        """Scan, apply what was told as the host does, and return the names."""
        changes = dict(treestream.decode_stats(b"".join(scan.scan(self.root, self.known, limit))))
        for path, entry in changes.items():
            if entry is None:
                del self.told[path]
            else:
                self.told[path] = entry
        return set(changes)

    def check(self) -> None:
        """What the host believes is what there is."""
        everything = dict(treestream.decode_stats(b"".join(scan.scan(self.root, scan.Known(), 100_000))))
        assert self.told == everything

    def close(self) -> None:
        self.known.close()
        os.close(self.root.descriptor)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    base = tmp_path / "w"
    base.mkdir()
    for directory in ("a", "b", "b/c"):
        (base / directory).mkdir()
    for name in ("top", "a/one", "a/two", "b/c/deep"):
        (base / name).write_text(name)
    made = Scene(base)
    yield made
    made.close()


@pytest.fixture
def walks(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Grows by one with each look at everything."""
    seen: list[None] = []
    look_through = scan._look_through  # pyright: ignore[reportPrivateUsage]

    def counted(root: Root, known: scan.Known, limit: int) -> Iterator[bytes]:
        seen.append(None)
        return look_through(root, known, limit)

    monkeypatch.setattr(scan, "_look_through", counted)
    return seen


def in_another_process(code: str, *arguments: Path) -> None:
    subprocess.run([sys.executable, "-c", code, *map(str, arguments)], check=True)


def _map(path: Path) -> None:
    """Write through mapped memory after the descriptor is closed, as a process that then ends."""
    code = (
        "import mmap, os, sys; f = os.open(sys.argv[1], os.O_RDWR); m = mmap.mmap(f, 0); os.close(f); m[0:1] = b'M'; "
        "os._exit(0)"
    )
    in_another_process(code, path)


def _append(path: Path) -> None:
    with path.open("a") as file:
        file.write("more")


def _killed(path: Path) -> None:
    """Write and be killed with the file still open."""
    code = "import os, signal, sys; f = open(sys.argv[1], 'r+b', buffering=0); f.write(b'K');os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)


EDITS: dict[str, Callable[[Path], object]] = {
    "write": lambda path: path.write_text("other"),
    "append": _append,
    "truncate": lambda path: os.truncate(path, 1),
    "mapped": _map,
    "killed": _killed,
    "mode": lambda path: path.chmod(0o755),
    "times": lambda path: os.utime(path, (1, 1)),
    "replaced": lambda path: path.with_name("new").write_text("n") and path.with_name("new").rename(path),
    "sendfile": lambda path: shutil.copyfile(__file__, path),
    "removed": lambda path: path.unlink(),
    "link instead": lambda path: (path.unlink(), path.symlink_to("nowhere")),
    "directory instead": lambda path: (path.unlink(), path.mkdir(), (path / "inner").touch()),
    "fifo instead": lambda path: (path.unlink(), os.mkfifo(path)),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
@pytest.mark.parametrize("name", ["top", "a/one", "b/c/deep"])
def test_an_edit_is_seen_without_looking_at_everything(
    scene: Scene, walks: list[None], edit: Callable[[Path], object], name: str
) -> None:
    scene.look()
    scene.check()
    assert len(walks) == 2  # the first look, and the check's own
    edit(scene.base / name)
    changed = scene.look()
    assert len(walks) == 2
    assert changed & {name.encode(), name.encode() + b"/inner"}
    scene.check()
    assert scene.look() == set()


def test_what_appears_below_new_directories_is_seen_and_watched_from_then_on(scene: Scene, walks: list[None]) -> None:
    scene.look()
    (scene.base / "n/e/w").mkdir(parents=True)
    (scene.base / "n/e/w/file").touch()
    assert scene.look() == {b"n/e/w/file"}
    (scene.base / "n/e/w/file").write_text("x")
    (scene.base / "n/e/other").touch()
    assert scene.look() == {b"n/e/w/file", b"n/e/other"}
    shutil.rmtree(scene.base / "n")
    assert scene.look() == {b"n/e/w/file", b"n/e/other"}
    assert len(walks) == 1
    scene.check()


def test_the_sandboxs_own_repository_is_never_looked_at(scene: Scene, walks: list[None]) -> None:
    scene.look()
    (scene.base / ".git/objects").mkdir(parents=True)
    (scene.base / ".git/HEAD").touch()
    (scene.base / "b/.git").touch()
    assert scene.look() == {b"b/.git"}
    (scene.base / ".git/objects/x").touch()
    assert scene.look() == set()
    assert len(walks) == 1


def test_a_change_through_another_name_of_the_file_is_seen(scene: Scene) -> None:
    scene.look()
    (scene.base / "b/alias").hardlink_to(scene.base / "a/one")
    assert scene.look() == {b"b/alias", b"a/one"}
    (scene.base / "b/alias").write_text("through the alias")
    assert scene.look() == {b"b/alias", b"a/one"}
    (scene.base / "b/alias").unlink()
    assert scene.look() == {b"b/alias", b"a/one"}
    scene.check()


def test_a_directory_that_moves_has_everything_looked_at(scene: Scene, walks: list[None]) -> None:
    scene.look()
    (scene.base / "b").rename(scene.base / "elsewhere")
    assert scene.look() == {b"b/c/deep", b"elsewhere/c/deep"}
    assert len(walks) == 2
    (scene.base / "elsewhere/c/deep").write_text("x")
    assert scene.look() == {b"elsewhere/c/deep"}
    assert len(walks) == 2


def test_more_than_the_kernel_keeps_has_everything_looked_at(scene: Scene, walks: list[None]) -> None:
    scene.look()
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    for number in range(most // 2 + 1):
        (scene.base / "a/one").chmod(0o600)
        (scene.base / "a/two").chmod(0o600 + number % 2)
    (scene.base / "b/c/deep").write_text("among all that")
    assert b"b/c/deep" in scene.look()
    assert len(walks) == 2
    scene.check()


def test_too_many_new_entries_are_refused_and_nothing_is_forgotten(scene: Scene) -> None:
    scene.look(limit=10)
    for number in range(5):
        (scene.base / f"a/more-{number}").touch()
    with pytest.raises(tree.Refused, match="more than 10"):
        scene.look(limit=10)
    (scene.base / "a/more-0").unlink()
    (scene.base / "a/more-1").unlink()
    assert scene.look(limit=10) == {b"a/more-2", b"a/more-3", b"a/more-4"}
    scene.check()


def test_a_directory_without_rights_is_looked_into_all_the_same(scene: Scene) -> None:
    scene.look()
    (scene.base / "a/one").write_text("x")
    (scene.base / "a").chmod(0)
    assert b"a/one" in scene.look()
    scene.check()


def test_without_watches_everything_is_looked_at(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Watch, directory: bytes) -> None:
        raise OSError(28, "no more watches")

    monkeypatch.setattr(Watch, "add", refuse)
    scene.look()
    assert scene.known.watch is None
    (scene.base / "a/one").write_text("x")
    assert scene.look() == {b"a/one"}
    scene.check()


_places = st.sampled_from(["a", "b", "b/c", "d", "d/e", "f", "f/g/h"])
_names = st.sampled_from(["one", "two", "x"])
_operation = st.tuples(
    st.sampled_from(["write", "remove", "mkdir", "rmtree", "move", "movedir", "link", "hardlink", "chmod", "look"]),
    _places,
    _names,
    _places,
    _names,
)


def _do(base: Path, what: str, one: Path, other: Path) -> None:
    one.parent.mkdir(parents=True, exist_ok=True)
    match what:
        case "write":
            one.write_text(os.urandom(2).hex())
        case "remove":
            one.unlink()
        case "mkdir":
            one.mkdir()
        case "rmtree":
            shutil.rmtree(one.parent)
        case "move":
            one.rename(other)
        case "movedir":
            one.parent.rename(other)
        case "link":
            one.symlink_to("x")
        case "hardlink":
            one.hardlink_to(other)
        case "chmod":
            one.chmod(0o755)
        case _:
            pass


@settings(max_examples=150)
@given(st.lists(_operation, max_size=25))
def test_after_anything_the_host_knows_what_there_is(operations: list[tuple[str, str, str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        scene = Scene(Path(place))
        scene.look()
        for what, directory, name, other_directory, other_name in operations:
            if what == "look":
                scene.look()
                continue
            try:
                _do(scene.base, what, scene.base / directory / name, scene.base / other_directory / other_name)
            except OSError:
                continue  # what is not there cannot be moved
        scene.look()
        scene.check()
        scene.close()


def test_mapping_is_what_it_claims_to_be(tmp_path: Path) -> None:
    """The control of the mapped edit above: the write really comes after the descriptor is closed."""
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    descriptor = os.open(path, os.O_RDWR)
    mapped = mmap.mmap(descriptor, 0)
    os.close(descriptor)
    mapped[0:1] = b"M"
    mapped.close()
    assert path.read_bytes() == b"Mbc"
