"""What changing a file of the workspace amounts to: claims for a path, by whatever means it is changed."""

import os

from orion_tui.base.kinds import ActionKind
from orion_tui.core.aegis.findings import Findings
from orion_tui.core.aegis.path_kinds import further_kinds, kind_of_writing
from orion_tui.core.boundary.names import fold_key, looks_like_git
from orion_tui.core.boundary.special import special_reason
from orion_tui.core.models.actions import FileChange


def claim_change(out: Findings, path: str, *, deletes: bool = False, change: FileChange | None = None) -> None:
    """Claim everything that a change of `path` (normalised, relative to the root) amounts to, content aside."""
    parts = path.split("/")
    because = "deletes it" if deletes else ""
    out.claim(ActionKind.WRITE, path, because)
    for index, part in enumerate(parts):
        if looks_like_git(os.fsencode(part)):
            out.claim(ActionKind.WRITE, "/".join([".git", *parts[index + 1 :]]), "git's own files")
        if fold_key(os.fsencode(part)) == b".orion":
            out.claim(ActionKind.MODIFY_AEGIS_RULES, "", "Orion's own directory")
    out.claim(kind_of_writing(path), path, because)
    if deletes:
        out.claim(ActionKind.DELETE_FILES, path)
    for kind, reason in further_kinds(path):
        out.claim(kind, "", reason)
    judged = change or FileChange(path=path, before=b"", after=None if deletes else b"")
    if reason := special_reason(path, judged):
        out.claim(ActionKind.CHANGE_SPECIAL_PATH, path, reason)
    if judged.after is not None and judged.executable and not judged.was_executable:
        out.claim(ActionKind.CHANGE_PERMISSIONS, path, "it becomes executable")
