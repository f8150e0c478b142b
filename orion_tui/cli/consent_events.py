"""Events of what a person edited or allowed, as one line each."""

from orion_tui.cli.event_data import Getter


def consent_event_text(kind: str, get: Getter) -> str:
    """The text of such an event; empty for any other."""
    match kind:
        case "approval.edited":
            return f"approval {get('approval')} edited: {get('asked')} became {get('text')}"
        case "reach.granted":
            return f"allowed for this session: {get('rules')}"
        case "reach.revoked":
            return f"no longer allowed for this session: {get('rules')}"
        case "reach.granted_to_role":
            return f"allowed for role {get('role')}: {get('rules')}"
        case "reach.revoked_from_role":
            return f"no longer allowed for role {get('role')}: {get('rules')}"
        case _:
            return ""
