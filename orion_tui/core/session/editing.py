"""Edit, then approve: a person changes what was asked, and the gate decides on what they made of it (ASK-1).

A command's text and a file's content can be edited; the path of a file, a command's directory, time and environment
stay. What runs is the edited action, once, bound to its own hash: of the action itself, of the policy, and of what the
person could see when they wrote it (for a command the whole tree, for a file its content). If that has changed when the
turn comes, the edited action is asked about again, with the difference.
"""

import difflib
import hashlib
import json
import shlex
from collections.abc import Mapping
from typing import Any

import attrs

from orion_tui.base.errors import ActionError, Blocked, StateError, UsageError
from orion_tui.base.kinds import Tier
from orion_tui.base.text import reveal
from orion_tui.core.aegis.classify import classify
from orion_tui.core.aegis.decide import decide
from orion_tui.core.aegis.policy import Policy
from orion_tui.core.codec import action_from_json, action_to_json, from_json
from orion_tui.core.models.actions import Action, Classification, Decision, EditFile, FileChange, RunCommand, WriteFile
from orion_tui.core.models.asked import Asked
from orion_tui.core.models.sessions import Approval, ApprovalStatus
from orion_tui.core.session.binding import content_hash
from orion_tui.core.session.card import edited_card
from orion_tui.core.session.resolve import edited_content
from orion_tui.core.store import Reader, approval_actions

#: Bytes of a file whose content is kept for editing. A longer one is approved or rejected as it is.
KEPT = 200_000
#: Characters of a command that a person may write.
_COMMAND = 20_000


@attrs.frozen(kw_only=True)
class Edited:
    """What a person made of a question, judged, and not yet approved."""

    approval: Approval
    action: RunCommand | WriteFile
    decision: Decision
    card: dict[str, Any]
    binding: str
    #: How the action reads that it takes the place of.
    instead_of: str


def asked_of(action: Action, change: FileChange | None, classification: Classification, layer: str) -> Asked:
    """What is kept of a question; of a large file only what it amounts to."""
    large = change is not None and max(len(change.before or b""), len(change.after or b"")) > KEPT
    return Asked(
        action=None if large else action_to_json(action),
        change=None if large else change,
        classification=classification,
        layer=layer,
    )


def bind_edited(
    action: Action, *, policy: str, tree: str = "", beside: str = "", change: FileChange | None = None
) -> str:
    """64 hex digits: the edited action with what the person could see of its inputs when they wrote it."""
    seen: dict[str, object] = {"edited": action_to_json(action), "policy": policy, "tree": tree, "beside": beside}
    if change is not None:
        seen["before"] = [content_hash(change.before), change.was_executable, change.is_symlink]
    text = json.dumps(seen, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def text_to_edit(reader: Reader, approval: Approval) -> str:
    """What a person may change: the text of a command, or the content that a file would have.

    Raises UsageError where it is neither, or is no text.
    """
    action = _in_place(reader, approval)[0]
    if isinstance(action, RunCommand):
        return action.text
    try:
        return action.content.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("the content of this file is no text that could be edited") from None


def edited(reader: Reader, approval: Approval, text: str, policy: Policy) -> Edited:
    """What `text` makes of a question, judged by the gate. Nothing is changed.

    Raises StateError when it does not wait any more, UsageError for what cannot be edited so, Blocked when the role or
    AEGIS forbids what came of it: that cannot be approved.
    """
    if approval.status is not ApprovalStatus.PENDING:
        raise StateError(f"approval {approval.id} is {approval.status}, so it cannot be edited")
    before, asked = _in_place(reader, approval)
    action = _command(before, text) if isinstance(before, RunCommand) else _content(before, text)
    change = asked.change
    if change is not None and isinstance(action, WriteFile):
        change = attrs.evolve(change, after=action.content, executable=action.executable)
    decision = decide(classify(action, change), policy)
    if decision.tier is Tier.FORBIDDEN:
        rule = f"{decision.rule}: " if decision.rule else ""
        raise Blocked(f"what you made of it is forbidden: {rule}{decision.reason}", hint="change it, or reject it")
    instead_of = str(approval.card.get("edited_from") or approval.card.get("title") or "")
    inputs: Mapping[str, Any] = approval.card.get("inputs", {})
    return Edited(
        approval=approval,
        action=action,
        decision=decision,
        card=edited_card(approval.card, action, decision, change, instead_of=instead_of),
        binding=bind_edited(
            action,
            policy=policy.base,
            tree=str(inputs.get("tree", "")),
            beside=str(inputs.get("beside", "")),
            change=change,
        ),
        instead_of=instead_of,
    )


def difference(before: Action, after: Action) -> str:
    """What a person changed in a file's content, as a diff with hidden characters spelled out; empty for commands."""
    if not isinstance(after, WriteFile) or not isinstance(before, WriteFile):
        return ""
    old, new = (action.content.decode("utf-8", "backslashreplace").split("\n") for action in (before, after))
    lines = difflib.unified_diff(old, new, "as asked", "as carried out", lineterm="")
    return "\n".join(str(reveal(line, keep_newlines=False)) for line in lines)


def as_write(action: Action, change: FileChange | None) -> Action:
    """An edit of a file as the write that it amounts to; every other action as it is."""
    if change is None or not isinstance(action, EditFile):
        return action
    try:
        content = edited_content(action, change.before, link=change.is_symlink)
    except ActionError:
        return action
    return WriteFile(path=change.path, content=content, executable=change.executable)


def _in_place(reader: Reader, approval: Approval) -> tuple[RunCommand | WriteFile, Asked]:
    """The action as it stands, edited before or not, and what was asked."""
    kept = approval_actions.get(reader, approval.id)
    if kept is None or kept.asked.get("action") is None:
        raise UsageError(
            f"approval {approval.id} cannot be edited: {describe_kind(approval)}", hint="approve it, or reject it"
        )
    asked: Asked = from_json(kept.asked, Asked)
    action = as_write(action_from_json(kept.edited if kept.edited is not None else asked.action), asked.change)
    if not isinstance(action, RunCommand | WriteFile) or (asked.change is not None and asked.change.is_symlink):
        raise UsageError(
            f"approval {approval.id} cannot be edited: only commands and the content of files can",
            hint="approve it, or reject it with a reason that says what you want instead",
        )
    return action, asked


def describe_kind(approval: Approval) -> str:
    """Why a question has no action that could be edited."""
    return "the agent asks something" if "question" in approval.card else "it is too large, or from an older version"


def _command(before: RunCommand, text: str) -> RunCommand:
    text = text.strip("\n")
    if not text.strip():
        raise UsageError("nothing is left of the command", hint="reject it instead")
    if len(text) > _COMMAND:
        raise UsageError(f"the command has {len(text):,} characters; {_COMMAND:,} is the most")
    if "\0" in text:
        raise UsageError("a command cannot hold a NUL character")
    if before.shell is not None:
        action = attrs.evolve(before, argv=("sh", "-c", text), shell=text)
    else:
        try:
            action = attrs.evolve(before, argv=tuple(shlex.split(text)))
        except ValueError as error:
            raise UsageError(f"the command cannot be read: {error}", hint="close every quote") from error
        if not action.argv:
            raise UsageError("nothing is left of the command", hint="reject it instead")
    if action == before:
        raise UsageError("nothing was changed", hint="approve it as it is")
    return action


def _content(before: WriteFile, text: str) -> WriteFile:
    action = attrs.evolve(before, content=text.encode("utf-8", "surrogateescape"))
    if len(action.content) > KEPT:
        raise UsageError(f"the content has {len(action.content):,} bytes; {KEPT:,} is the most that can be edited")
    if action == before:
        raise UsageError("nothing was changed", hint="approve it as it is")
    return action
