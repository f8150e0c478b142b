"""What an action amounts to (ROLE-5): claims from argv, paths and content, never from the model's word.

Pure and deterministic: no file is opened, no time is asked. A file action is judged by the change it would make
(`FileChange`); without one, at plan time, by its path and by what of its content is known, which can only make the
answer more careful. A command is judged by what it visibly runs; where that is not certain the result is `opaque`.
"""

import os
import posixpath

from orion_tui.base.kinds import ActionKind
from orion_tui.core.aegis.commands import CommandReader
from orion_tui.core.aegis.file_claims import claim_change
from orion_tui.core.aegis.findings import Findings
from orion_tui.core.aegis.invocation import Invocation
from orion_tui.core.aegis.manifests import ANY, changed_dependencies, is_manifest
from orion_tui.core.aegis.places import WORKSPACE, Where, resolve
from orion_tui.core.boundary.names import check_path
from orion_tui.core.models.actions import (
    Action,
    Classification,
    DeleteFile,
    EditFile,
    FetchUrl,
    FileChange,
    ListFiles,
    ReadFile,
    RunCommand,
    SearchFiles,
    UseTool,
    WriteFile,
)


def classify(action: Action, change: FileChange | None = None) -> Classification:
    """Everything that `action` amounts to. `change` is what a file action would do to the workspace as it is."""
    if change is not None:
        return classify_change(change)
    out = Findings()
    match action:
        case RunCommand():
            _command(out, action)
        case WriteFile():
            made = FileChange(path=action.path, before=None, after=action.content, executable=action.executable)
            return classify_change(made)
        case EditFile():
            _edit(out, action)
        case DeleteFile():
            return classify_change(FileChange(path=action.path, before=b"", after=None))
        case ReadFile() | ListFiles():
            if (path := _inside(out, action.path)) is not None:
                out.claim(ActionKind.READ_FILES, path)
        case SearchFiles():
            if (path := _inside(out, action.path)) is not None:
                out.claim(ActionKind.SEARCH, "", f"searches {path}")
        case FetchUrl():
            call = Invocation(name="fetch", args=(), cwd=WORKSPACE, out=out, reader=CommandReader(out))
            call.fetch(action.url)
        case UseTool():
            out.claim(ActionKind.USE_TOOL, action.name, "a server outside of the sandbox does it")
    return out.result()


def classify_change(change: FileChange) -> Classification:
    """What a change of one file amounts to, by whatever means it is made."""
    out = Findings()
    if change.path.startswith("/") or ".." in change.path.split("/"):
        out.claim(ActionKind.ACCESS_HOST_FILESYSTEM, "", "a path that leaves the workspace")
        return out.result()
    if reason := check_path(os.fsencode(change.path)):
        out.doubt(reason)
    deletes = change.after is None
    claim_change(out, posixpath.normpath(change.path), deletes=deletes, change=change)
    for name in changed_dependencies(change.path, change.before, change.after):
        out.claim(
            ActionKind.ADD_DEPENDENCY,
            name,
            f"changes the dependency {name}" if name != ANY else "may change any dependency",
        )
    return out.result()


def _edit(out: Findings, action: EditFile) -> None:
    """An edit whose file is not at hand: only the replaced passage is known."""
    result = classify_change(FileChange(path=action.path, before=b"", after=b""))
    for claim in result.claims:
        out.claim(claim.kind, claim.subject, claim.because)
    if is_manifest(action.path):
        out.claim(ActionKind.ADD_DEPENDENCY, ANY, "a manifest is edited")


def _inside(out: Findings, path: str) -> str | None:
    """A path that a tool reads, normalised; None, with the claim made, where it is none of the workspace's."""
    if path.startswith("/") or ".." in path.split("/"):
        out.claim(ActionKind.ACCESS_HOST_FILESYSTEM, "", "a path that leaves the workspace")
        return None
    return posixpath.normpath(path) if path else "."


def _command(out: Findings, action: RunCommand) -> None:
    cwd = WORKSPACE
    if action.cwd:
        place = resolve(action.cwd)
        if action.cwd.startswith("/") or place.where is not Where.WORKSPACE:
            out.part()
            out.claim(ActionKind.ACCESS_HOST_FILESYSTEM, "", "a directory outside the workspace")
        else:
            cwd = f"{WORKSPACE}/{place.path}"
    reader = CommandReader(out)
    if action.shell is not None and action.argv == ("sh", "-c", action.shell):
        reader.text(action.shell, cwd=cwd, env=action.env)
        return
    if action.shell is not None:
        out.part()
        out.claim(ActionKind.DISABLE_AEGIS, "", "the command that is shown is not the command that would run")
    reader.top(action.argv, cwd=cwd, env=action.env)
