"""Which keys change something, so that an application that only looks can leave them out.

A key is taken to change something unless it is named here: one that is added later is left out of a read-only
application until somebody has said that it only looks.
"""

#: Views whose keys only move about and show.
_VIEWS = frozenset({"pane", "lines", "decision", "log", "search", "palette"})
#: What only looks, wherever it is: next and previous, opening another view, searching, marking for oneself.
_VERBS = frozenset(
    {"next", "previous", "search", "diff", "log", "timeline", "since", "mark", "seen", "layout"}
    | {"next_file", "previous_file", "copy", "next_session", "previous_session", "files", "blanks", "wrap"}
)
#: Everywhere, all but a new goal.
_APP = frozenset({"mission", "sessions", "approvals", "settings", "palette", "help", "manual", "back", "quit", "copy"})


def changes(name: str) -> bool:
    """Whether the key of that id (`view.verb`) leads to a change of anything but the picture."""
    view, _, verb = name.partition(".")
    if view in _VIEWS:
        return False
    if view == "app":
        return verb not in _APP
    return verb not in _VERBS or view in {"new", "promote", "pick"}
