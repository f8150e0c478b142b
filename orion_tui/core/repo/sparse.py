"""Which paths a sparse checkout in cone mode keeps on disk."""

import attrs

from orion_tui.core.repo.changes import ancestors
from orion_tui.core.repo.disk import flags
from orion_tui.core.repo.git import Git


@attrs.frozen(kw_only=True)
class SparseCone:
    """The directories that the user asked for. Files beside and above them are on disk too, as git defines it."""

    directories: frozenset[str]

    @classmethod
    def read(cls, git: Git) -> "SparseCone | None":
        """None where everything is checked out, and for pattern lists: then new files simply appear on disk."""
        said = flags(git, "core.sparsecheckout", "core.sparsecheckoutcone")
        if not (said.get("core.sparsecheckout") and said.get("core.sparsecheckoutcone")):
            return None
        status, output, _ = git.status("sparse-checkout", "list")
        lines = output.decode("utf-8", "surrogateescape").splitlines()
        if status != 0 or any(line.startswith('"') for line in lines):
            return None
        return cls(directories=frozenset(lines))

    def includes(self, path: str) -> bool:
        """Whether a file at `path` is checked out."""
        above = ancestors(path)
        if not above or any(directory in self.directories for directory in above):
            return True
        prefix = f"{above[0]}/"
        return any(directory.startswith(prefix) for directory in self.directories)
