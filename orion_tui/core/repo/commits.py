"""Commits and tags in the user's name: their identity, their signature, objects only. No reference moves here."""

import re
from collections.abc import Mapping

from orion_tui.base.errors import GitError, WorkspaceError
from orion_tui.base.text import clean
from orion_tui.core.repo.disk import flags
from orion_tui.core.repo.git import Git

#: Seconds that a signing program may take: a hardware key waits for a touch.
_SIGNING = 60.0


def committer(git: Git) -> bytes:
    """`Name <mail> seconds zone` of the user, now. WorkspaceError, with what to set, when git knows nobody."""
    status, output, errors = git.status("var", "GIT_COMMITTER_IDENT")
    if status != 0:
        said = errors.splitlines()[-1] if errors else ""
        raise WorkspaceError(
            f"git does not know who you are: {said.removeprefix('fatal: ')}",
            hint='git config --global user.name "Your Name" and git config --global user.email you@example.org',
        )
    return output.strip()


def signs(git: Git) -> bool:
    """Whether the user's configuration says that commits are signed."""
    return flags(git, "commit.gpgsign").get("commit.gpgsign", False)


def write_commit(git: Git, tree: str, parents: tuple[str, ...], message: str, *, sign: bool) -> str:
    """A commit by the user. WorkspaceError when it should be signed and cannot be."""
    options = [option for parent in parents for option in ("-p", parent)]
    if sign:
        options.append("-S")
    try:
        return git.text(
            *("-c", "i18n.commitEncoding=UTF-8", "commit-tree", *options, "-F", "-", tree),
            input=message.encode("utf-8", "surrogateescape"),
            timeout=_SIGNING,
        )
    except GitError as error:
        if not sign:
            raise
        raise WorkspaceError(
            f"the commit could not be signed, as commit.gpgSign asks: {error.message}",
            hint="nobody can type a passphrase here: unlock your key first (sign something in this shell), then retry",
        ) from error


def write_tag(git: Git, name: str, commit: str, message: str) -> str:
    """An annotated tag object, unsigned; the reference is the caller's to make."""
    text = b"object %s\ntype commit\ntag %s\ntagger %s\n\n%s\n" % (
        commit.encode("ascii"),
        name.encode("utf-8", "surrogateescape"),
        committer(git),
        message.encode("utf-8", "surrogateescape"),
    )
    return git.text("mktag", input=text)


def message(subject: str, body: str, trailers: Mapping[str, str]) -> str:
    """A commit message of one subject line, a body and trailers. Values are cleaned and put on one line each."""
    parts = [_line(subject)]
    if body := clean(body).strip():
        parts.append(body)
    lines = [f"{name}: {_line(value)}" for name, value in trailers.items() if _line(value)]
    if lines:
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", clean(text)).strip()


def subject_and_body(goal: str) -> tuple[str, str]:
    """The first line of a goal; and the whole of it where it has more."""
    lines = [line.strip() for line in clean(goal).strip().splitlines()]
    first = lines[0] if lines else ""
    return first, "" if len(lines) <= 1 else clean(goal).strip()
