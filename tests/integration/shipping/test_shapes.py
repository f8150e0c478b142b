"""Every legal shape of repository through the whole main job: work, promotion, undo; bytes compared each time.

Whatever the shape, only the paths of the work may differ, on disk, in the index and in what git stores; everything else
is compared by bytes, mode, inode and time.
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import attrs
import pytest

from orion_tui.base.errors import ConflictError
from orion_tui.core.models.sessions import Session, SessionState
from tests.support.bench import PIN, Bench
from tests.support.promotion import File, commit_all, contents_of, files, git, git_files, index_lines, status
from tests.support.shapes import SHAPES, Shape, dirty

pytestmark = [pytest.mark.bubblewrap, pytest.mark.slow, pytest.mark.timeout(600)]

V = TypeVar("V")


@attrs.frozen(kw_only=True)
class Seen:
    """A work tree as its user sees it, and as git does."""

    files: dict[str, File]
    index: dict[str, str]
    status: str

    @classmethod
    def of(cls, root: Path) -> "Seen":
        said = status(root)  # first: it refreshes the index
        return cls(files=files(root), index=index_lines(root), status=said)

    def without(self, paths: Mapping[str, object]) -> "Seen":
        return Seen(files=_without(self.files, paths), index=_without(self.index, paths), status=self.status)


def _without(found: dict[str, V], paths: Mapping[str, object]) -> dict[str, V]:
    return {path: one for path, one in found.items() if path not in paths}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_only_the_work_comes_and_goes(bench: Bench, tmp_path: Path, shape: Shape) -> None:
    folder = tmp_path / "shape"
    folder.mkdir()
    place = shape.make(folder)
    root = Path(git(place, "rev-parse", "--show-toplevel"))
    common = Path(git(place, "rev-parse", "--path-format=absolute", "--git-common-dir"))
    branch = shape.target or git(place, "symbolic-ref", "--short", "HEAD")
    base = git(place, "rev-parse", branch)
    before = Seen.of(root)
    elsewhere = [files(folder / name) for name in shape.elsewhere]
    untouched = git_files(common)

    bench.repo = place
    session = _work(bench, shape)

    def check(stored: Mapping[str, bytes | None], on_disk: Mapping[str, bytes]) -> Seen:
        seen = Seen.of(root)
        assert seen.without(shape.stored) == before.without(shape.stored)
        for path, data in stored.items():
            assert _blob(root, branch, path) == data
            if shape.checked_out:
                content = seen.files[path].content if path in seen.files else None
                assert content == on_disk.get(path, data), path
            else:
                assert seen.files.get(path) == before.files.get(path)
        assert [files(folder / name) for name in shape.elsewhere] == elsewhere
        assert git(root, "fsck", "--no-dangling", "--no-progress") == ""
        return seen

    # Forward.
    preview = bench.engine.preview_promotion(session.id, target=shape.target)
    assert preview.ready, (preview.gate.problems, preview.plan.refusals)
    assert {change.path for change in preview.plan.changes} == set(shape.stored)
    assert git_files(common) == untouched
    assert Seen.of(root) == before
    promoted = bench.engine.promote(preview, PIN)
    assert git(root, "rev-parse", branch, f"{branch}^1") == f"{promoted.merge_commit}\n{base}"
    check(shape.stored, shape.on_disk)

    # Back.
    undone = bench.engine.undo_promotion(session.id, PIN)
    assert git(root, "rev-parse", branch) == undone.revert_commit
    assert git(root, "rev-parse", f"{branch}^{{tree}}") == git(root, "rev-parse", f"{base}^{{tree}}")
    back = check(
        {path: _blob(root, base, path) for path in shape.stored},
        {path: one.content for path, one in before.files.items()},
    )
    assert contents_of(back.files) == contents_of(before.files)
    assert back.index == before.index


def test_work_on_uncommitted_changes_waits_for_their_own_commit(bench: Bench, tmp_path: Path) -> None:
    bench.repo = root = dirty(tmp_path)
    plan = """
    - id: change
      title: Change what is not committed yet
      kind: write_code
      actions:
        - run: cat mine/staged.txt
          expect: {output: "and edited again"}
        - edit: {path: mine/edited.txt, old: edited, new: "edited twice"}
        - write: {path: notes/untracked, content: "agent\\n"}
    """
    before = Seen.of(root)
    session = bench.submit(plan, snapshot=True)
    with bench.supervisor():
        assert bench.wait(session).state is SessionState.COMPLETED
    preview = bench.engine.preview_promotion(session.id)
    assert preview.plan.offer is not None
    with pytest.raises(ConflictError) as refused:
        bench.engine.promote(preview, PIN)
    assert {"mine/edited.txt", "notes/untracked"} <= set(refused.value.problems)
    assert Seen.of(root) == before

    mine = commit_all(root, "mine, first")
    bench.engine.promote(bench.engine.preview_promotion(session.id), PIN)
    assert (root / "mine/edited.txt").read_bytes() == b"edited twice\n"
    assert (root / "notes/untracked").read_bytes() == b"agent\n"
    assert git(root, "rev-parse", "main^1") == mine
    assert git(root, "diff", "--name-only", "main^1", "main").split() == ["mine/edited.txt", "notes/untracked"]
    bench.engine.undo_promotion(session.id, PIN)
    assert contents_of(files(root)) == contents_of(before.files)
    assert status(root) == ""


def _work(bench: Bench, shape: Shape) -> Session:
    """A session that did the work, with everything approved that it asked for."""
    session = bench.submit(shape.plan)
    told = [note for event in bench.events(session) if event.type == "session.noted" for note in event.data["notes"]]
    assert any(shape.told in note for note in told) or not shape.told, told
    with bench.supervisor():
        while True:
            now = bench.wait(session)
            if now.state is not SessionState.WAITING:
                break
            for approval in bench.engine.approvals(session.id):
                bench.engine.approve(approval.id)
            bench.wait(session, *(set(SessionState) - {SessionState.WAITING}))
    assert now.state is SessionState.COMPLETED, (now.reason, [row.reason for row in bench.engine.tasks(session.id)])
    return now


def _blob(root: Path, commit: str, path: str) -> bytes | None:
    entry = git(root, "--literal-pathspecs", "ls-tree", "-z", "--full-tree", commit, "--", path)
    if not entry:
        return None
    reading = ["git", "-C", str(root), "cat-file", "blob", entry.split("\t")[0].split(" ")[2]]
    return subprocess.run(reading, capture_output=True, check=True).stdout
