"""What the planner is told of a session's repository, read from Orion's own copy of it."""

from collections.abc import Callable

import attrs

from orion_tui.core.agent import inventory
from orion_tui.core.boundary import intake
from orion_tui.core.models.sessions import Session
from orion_tui.core.repo.session_repo import SessionRepo


@attrs.define(kw_only=True)
class Survey:
    """The repository as the session found it, looked at when it is first wanted."""

    session: Session
    #: Opens the session's repository.
    repo: Callable[[], SessionRepo]
    #: What was taken out of the files that address agents, each with its path (GUARD-1); known after `take`.
    findings: tuple[str, ...] = attrs.field(default=(), init=False)
    #: Object and size in bytes by path.
    _files: dict[str, tuple[str, int]] | None = attrs.field(default=None, init=False)

    def take(self, budget: int) -> str:
        """The inventory in at most `budget` tokens. Raises Unrecoverable where the session's repository is gone."""
        repo = self.repo()
        # Begun first: it starts up while the names come.
        with repo.reading() as read:
            if self._files is None:
                contents = intake.contents(repo, self.session.snapshot or self.session.base_commit)
                self._files = {
                    item.path.decode("utf-8", "surrogateescape"): (item.oid, item.size)
                    for item in contents.items.values()
                    if item.mode != "120000"
                }
            known = self._files
            files = [(path, size) for path, (_, size) in known.items()]
            found = inventory.take(files, lambda path: read(known[path][0]), goal=self.session.goal, budget=budget)
        self.findings = found.findings
        return found.text
