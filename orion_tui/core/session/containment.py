"""What a session asks of its sandbox: the role's wishes, and what the repository says that it is made with."""

import contextlib

from orion_tui.base.errors import GitError
from orion_tui.core.repo.session_repo import SessionRepo
from orion_tui.core.sandbox.base import Limits, SandboxSpec
from orion_tui.core.sandbox.docker import images
from orion_tui.roles.schema import SandboxWish


def specification(repo: SessionRepo, base: str, session_id: str, wish: SandboxWish, limits: Limits) -> SandboxSpec:
    """For the backend that opens it; `base` is the tree that tells."""
    stack = ""
    if not wish.image:
        marks = [name.encode() for names in images.STACKS.values() for name in names]
        # A repository that cannot be read is found out, and said, when the sandbox is filled from it.
        with contextlib.suppress(GitError):
            stack = images.stack_of(name.decode() for name in repo.entries_at(base, marks))
    return SandboxSpec(session_id=session_id, limits=limits, backend=str(wish.backend), image=wish.image, stack=stack)
