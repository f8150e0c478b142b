"""What an approval is bound to: exactly what was shown, or it is asked again (ASK-1).

The binding is a SHA-256 over the action with its argv or content, the policy in force, and the content that decides
what the action would do: the files it names, or, where that cannot be told, the whole tree and what lies beside it.
"""

import hashlib
import json
from collections.abc import Mapping

from orion_tui.core.codec import action_to_json
from orion_tui.core.models.actions import Action, Classification, FileChange


def content_hash(data: bytes | None) -> str:
    """SHA-256 of a file's bytes; `absent` where there is no file."""
    return "absent" if data is None else hashlib.sha256(data).hexdigest()


def beside_hash(beside: Mapping[bytes, str]) -> str:
    """SHA-256 over names and stamps of what lies in the workspace outside of the tree; empty where nothing does."""
    if not beside:
        return ""
    digest = hashlib.sha256()
    for path, stamp in sorted(beside.items()):
        digest.update(path + b"\0" + stamp.encode() + b"\0")
    return digest.hexdigest()


def bind(
    action: Action,
    classification: Classification,
    *,
    policy: str,
    change: FileChange | None = None,
    named: Mapping[str, str] | None = None,
    tree: str = "",
    beside: str = "",
) -> str:
    """64 hex digits.

    `named` maps each of the classification's named paths to its `content_hash`; `tree` is the workspace's tree id,
    `beside` the `beside_hash` of what is there and not in it: both count only for opaque actions.
    """
    seen: dict[str, object] = {
        "action": action_to_json(action),
        "claims": [[claim.kind, claim.subject] for claim in classification.claims],
        "policy": policy,
        "named": dict(sorted((named or {}).items())),
        "tree": tree if classification.opaque else "",
        "beside": beside if classification.opaque else "",
    }
    if change is not None:
        seen["change"] = [content_hash(change.before), content_hash(change.after), change.executable, change.is_symlink]
    text = json.dumps(seen, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
