"""A work tree with everything in it that git can hold, work that touches a lot of it, and what users do meanwhile."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

from tests.support.promotion import Change, Scene, commit_all, file, git, gone, symlink, write

LATIN = os.fsdecode(b"inv\xff\xfe.txt")
NEWLINE = "new\nline.txt"


def make(scene: Scene, *options: str) -> None:
    """The repository: two commits, links, modes, odd names, an ignore file."""
    scene.make(
        {
            ".gitignore": "*.log\nbuild/\n",
            "README.md": "# sample\n\nhello\n",
            "src/app.py": "def run():\n    return 1\n",
            "src/util.py": "X = 1\n",
            "docs/guide.md": "guide\n",
            "docs/old.md": "old\n",
            "bin/run.sh": "#!/bin/sh\necho run\n",
            "data/blob.bin": bytes(range(256)) * 40,
            "turns-dir": "I become a directory\n",
            "turns-file/x.txt": "x\n",
            "turns-file/deep/y.txt": "y\n",
            "olddir/one.txt": "one one one\n",
            "olddir/two.txt": "two two two\n",
            "with space.txt": "spaces\n",
            NEWLINE: "newline\n",
            LATIN: "latin\n",
            "mine/edited.txt": "edited\n",
            "mine/staged.txt": "staged\n",
            "mine/both.txt": "both\n",
            "mine/gone.txt": "gone\n",
            "mine/assumed.txt": "assumed\n",
            "mine/skipped.txt": "skipped\n",
            "mine/mode.sh": "#!/bin/sh\n",
        },
        *options,
    )
    (scene.work / "bin/run.sh").chmod(0o755)
    (scene.work / "link").symlink_to("README.md")
    (scene.work / "mine/link").symlink_to("edited.txt")
    commit_all(scene.work, "second")


def everything() -> tuple[Change, ...]:
    """Work of every kind, none of it on a file of `mine/`."""
    return (
        file("src/app.py", "def run():\n    return 2\n"),
        file("src/util.py", "X = 1\n", executable=True),
        file("src/new/deep/mod.py", "Y = 2\n"),
        file("empty", b""),
        gone("docs/old.md"),
        file("bin/run.sh", "#!/bin/sh\necho ran\n", executable=True),
        file("data/blob.bin", bytes(range(255, -1, -1)) * 50),
        symlink("link", "docs/guide.md"),
        symlink("src/back", "../README.md"),
        gone("turns-dir"),
        file("turns-dir/inner.txt", "inner\n"),
        gone("turns-file/x.txt"),
        gone("turns-file/deep/y.txt"),
        file("turns-file", "I was a directory\n"),
        gone("olddir/one.txt"),
        gone("olddir/two.txt"),
        file("newdir/one.txt", "one one one\n"),
        file("newdir/two.txt", "two two two\n"),
        file("with space.txt", "more spaces\n"),
        file(NEWLINE, "more newline\n"),
        file(LATIN, "more latin\n"),
        file(os.fsdecode(b"added \xfe\n name"), "odd\n"),
    )


User = Callable[[Scene], None]


def clean(scene: Scene) -> None:
    """Nothing uncommitted."""


def unstaged(scene: Scene) -> None:
    """An edit elsewhere."""
    scene.write({"mine/edited.txt": "edited by me\n"})


def staged(scene: Scene) -> None:
    """A staged edit, a staged new file, a staged deletion elsewhere."""
    scene.write({"mine/staged.txt": "staged by me\n", "mine/new.txt": "new\n"})
    scene.git("add", "mine/staged.txt", "mine/new.txt")
    scene.git("rm", "-q", "mine/gone.txt")


def staged_and_edited_again(scene: Scene) -> None:
    """Content in the index that is neither HEAD's nor the disk's."""
    scene.write({"mine/both.txt": "first\n"})
    scene.git("add", "mine/both.txt")
    scene.write({"mine/both.txt": "second\n", "mine/edited.txt": "edited by me\n"})


def deleted(scene: Scene) -> None:
    """A file removed without telling git, and an executable bit set."""
    (scene.work / "mine/gone.txt").unlink()
    (scene.work / "mine/mode.sh").chmod(0o755)


def untracked(scene: Scene) -> None:
    """Files that git does not know, beside files that move."""
    scene.write({"notes.txt": "mine\n", "src/scratch.py": "mine\n", "src/new-idea/x": "mine\n", LATIN + ".mine": "m\n"})


def ignored(scene: Scene) -> None:
    """Files that git was told to ignore, in directories that change."""
    scene.write({"src/debug.log": "log\n", "build/out.bin": b"\0\1", "newdir.log": "log\n"})


def stash(scene: Scene) -> None:
    """Something in the stash."""
    scene.write({"mine/edited.txt": "stashed\n", "src/app.py": "stashed\n"})
    scene.git("stash", "push", "-q", "-m", "later")


def intent_to_add(scene: Scene) -> None:
    """`git add -N`."""
    scene.write({"mine/intent.txt": "soon\n"})
    scene.git("add", "-N", "mine/intent.txt")


def assume_unchanged(scene: Scene) -> None:
    """Files whose changes git was told not to see; one of them moves, and is as committed."""
    scene.git("update-index", "--assume-unchanged", "mine/assumed.txt", "with space.txt", "src/util.py")
    scene.write({"mine/assumed.txt": "secretly edited\n"})


def skip_worktree(scene: Scene) -> None:
    """Files that git was told to keep its hands off; one of them moves, and is as committed."""
    scene.git("update-index", "--skip-worktree", "mine/skipped.txt", "src/app.py")
    scene.write({"mine/skipped.txt": "local settings\n"})


def hooks(scene: Scene) -> None:
    """Every hook that could run, in the usual place."""
    directory = scene.git_dir / "hooks"
    directory.mkdir(exist_ok=True)
    for name in (
        *("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "pre-merge-commit", "post-merge"),
        *("post-checkout", "reference-transaction", "post-rewrite", "post-index-change", "pre-auto-gc"),
    ):
        hook = directory / name
        hook.write_text(f"#!/bin/sh\necho {name} >> {scene.tmp}/ran\n[ {name} != reference-transaction ] || exit 1\n")
        hook.chmod(0o755)


def hooks_in_tree(scene: Scene) -> None:
    """Hooks that the repository ships, switched on by the user."""
    hooks(scene)
    (scene.git_dir / "hooks").rename(scene.work / "hooks.log")
    scene.git("config", "core.hooksPath", "hooks.log")


def fsmonitor(scene: Scene) -> None:
    """A file system monitor."""
    monitor = scene.tmp / "monitor"
    monitor.write_text(f"#!/bin/sh\necho fsmonitor >> {scene.tmp}/ran\nprintf '/\\0'\n")
    monitor.chmod(0o755)
    scene.git("config", "core.fsmonitor", str(monitor))


def programs(scene: Scene) -> None:
    """Pager, editor, external diff, merge tool, template: nothing here may ask or run."""
    tool = scene.tmp / "tool"
    tool.write_text(f"#!/bin/sh\necho tool >> {scene.tmp}/ran\nexit 1\n")
    tool.chmod(0o755)
    (scene.tmp / "template").write_text("TEMPLATE\n")
    for key in ("core.pager", "core.editor", "sequence.editor", "diff.external", "merge.tool", "core.askPass"):
        scene.git("config", key, str(tool))
    scene.git("config", "commit.template", str(scene.tmp / "template"))
    scene.git("config", "commit.verbose", "true")
    scene.git("config", "merge.ff", "only")
    scene.git("config", "pull.rebase", "true")
    scene.git("config", "status.showUntrackedFiles", "no")
    scene.git("config", "diff.noprefix", "true")
    scene.git("config", "core.quotePath", "true")
    scene.git("config", "color.ui", "always")


def packed_refs(scene: Scene) -> None:
    """References and objects packed."""
    scene.git("tag", "v1")
    scene.git("pack-refs", "--all")
    scene.git("repack", "-q", "-a", "-d")


def split_index(scene: Scene) -> None:
    """The index in two files."""
    scene.git("update-index", "--split-index")
    unstaged(scene)


def untracked_cache(scene: Scene) -> None:
    """The index remembers what is untracked, and is written in another version."""
    scene.git("config", "core.untrackedCache", "true")
    scene.git("update-index", "--untracked-cache", "--index-version", "4")
    untracked(scene)
    scene.git("status", "--porcelain")


def read_only_files(scene: Scene) -> None:
    """Permission bits that git does not record: they are the user's."""
    (scene.work / "src/app.py").chmod(0o600)
    (scene.work / "mine/edited.txt").chmod(0o400)


def everything_at_once(scene: Scene) -> None:
    """All that fits together."""
    for act in (stash, unstaged, staged, staged_and_edited_again, untracked, ignored, intent_to_add, skip_worktree):
        act(scene)


USERS: dict[str, User] = {
    act.__name__: act
    for act in (
        *(clean, unstaged, staged, staged_and_edited_again, deleted, untracked, ignored, stash, intent_to_add),
        *(assume_unchanged, skip_worktree, hooks, hooks_in_tree, fsmonitor, programs, packed_refs, split_index),
        *(untracked_cache, read_only_files, everything_at_once),
    )
}


def checked_out(scene: Scene, commit: str, into: Path) -> Path:
    """What `git checkout` itself would write for a commit, with the user's configuration."""
    git(scene.work, "clone", "-q", "--no-checkout", "--shared", str(scene.work), str(into))
    for line in scene.git("config", "--local", "-z", "--list").split("\0"):
        key, _, value = line.partition("\n")
        if key.startswith(("core.autocrlf", "core.eol", "filter.", "core.symlinks", "core.filemode")):
            git(into, "config", key, value)
    git(into, "checkout", "-q", "--detach", commit)
    return into


def is_executable(path: Path) -> bool:
    """What git records of a file's mode."""
    return bool(path.lstat().st_mode & stat.S_IXUSR)


__all__ = ["USERS", "User", "checked_out", "everything", "is_executable", "make", "write"]
