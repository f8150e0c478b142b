"""A file action against the workspace as it is: the change that policy judges and that will be made."""

from orion_tui.base.errors import ActionError
from orion_tui.base.text import display_path
from orion_tui.core.models.actions import DeleteFile, EditFile, FileAction, FileChange, WriteFile
from orion_tui.core.sandbox.base import EntryKind, Sandbox


def resolve(action: FileAction, sandbox: Sandbox) -> FileChange:
    """What `action` would do now.

    Raises ActionError when it cannot be done as asked: the file is missing, is no regular file, or the text to replace
    is absent or ambiguous.
    """
    status = sandbox.stat(action.path)
    if status is not None and status.what == "directory":
        raise ActionError(f"{display_path(action.path)} is a directory")
    link = status is not None and status.kind is EntryKind.SYMLINK
    if status is not None and status.kind is None:
        raise ActionError(f"{display_path(action.path)} is a {status.what}, not a file")
    before = None if status is None else b"" if link else sandbox.read(action.path)
    executable = status is not None and status.kind is EntryKind.EXECUTABLE
    match action:
        case WriteFile():
            after, will_execute = action.content, action.executable
        case EditFile():
            after, will_execute = edited_content(action, before, link=link), executable
        case DeleteFile():
            if before is None:
                raise ActionError(f"{display_path(action.path)} does not exist, so it cannot be deleted")
            after, will_execute = None, False
    return FileChange(
        path=action.path,
        before=before,
        after=after,
        was_executable=executable,
        executable=will_execute,
        is_symlink=link,
    )


def edited_content(action: EditFile, before: bytes | None, *, link: bool) -> bytes:
    """The content that an edit makes of `before`. Raises ActionError where it cannot be done as asked."""
    if before is None:
        raise ActionError(f"{display_path(action.path)} does not exist, so it cannot be edited")
    if link:
        raise ActionError(f"{display_path(action.path)} is a symbolic link; edit the file it points to")
    if not action.old:
        raise ActionError(f"the text to replace in {display_path(action.path)} is empty")
    old = action.old.encode("utf-8", "surrogateescape")
    new = action.new.encode("utf-8", "surrogateescape")
    if old not in before and b"\n" in before and before.count(b"\n") == before.count(b"\r\n"):
        # A file whose lines all end with CR LF, and an edit that does not know: it is meant like this.
        old, new = (part.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for part in (old, new))
    match before.count(old):
        case 0:
            raise ActionError(f"the text to replace is not in {display_path(action.path)}")
        case 1:
            return before.replace(old, new)
        case many:
            where = display_path(action.path)
            raise ActionError(f"the text to replace stands {many} times in {where}; give more of it")
