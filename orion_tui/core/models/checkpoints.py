"""A place that a session can be taken back to."""

import attrs


@attrs.frozen(kw_only=True)
class Checkpoint:
    """A commit in the session's bare repository plus the place in the step log that it stands for."""

    session_id: str
    #: 0, 1, 2 ...; shown as `cp-0000`.
    number: int
    commit: str
    tree: str
    #: Steps up to and including this one are in the tree.
    step: int
    task_id: str
    reason: str
    created_at: float
    #: For a checkpoint inside a task: the commit that the branch stays on until the task lands; "" for all others.
    onto: str = ""

    @property
    def name(self) -> str:
        """`cp-0003`."""
        return checkpoint_name(self.number)

    @property
    def partial(self) -> bool:
        """Whether it stands inside a task, whose work up to here is not on the branch yet."""
        return bool(self.onto)

    @property
    def branch_commit(self) -> str:
        """What the session's branch is on at this checkpoint."""
        return self.onto or self.commit


def checkpoint_name(number: int) -> str:
    """`cp-0003`."""
    return f"cp-{number:04d}"
