"""Who a commit is by, in the form git takes it."""

from collections.abc import Mapping

#: Who makes commits that are nobody's own: checkpoints, snapshots, synthetic merges.
ORION = "Orion <orion@localhost>"


def identity(author: str, when: float, *, committer: str | None = None) -> Mapping[str, str]:
    """Variables for `commit-tree`: `Name <mail>` and seconds since the epoch, in UTC."""
    date = f"@{int(when)} +0000"
    result: dict[str, str] = {}
    for part, who in (("AUTHOR", author), ("COMMITTER", committer or author)):
        name, _, mail = who.removesuffix(">").rpartition(" <")
        result |= {f"GIT_{part}_NAME": name, f"GIT_{part}_EMAIL": mail, f"GIT_{part}_DATE": date}
    return result
