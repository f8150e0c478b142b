"""The catalogue of keys as Textual's bindings, and as the README's table."""

from textual.binding import Binding, BindingType
from textual.message_pump import MessagePump

from orion_tui.base.key_catalogue import BY_ID, CATALOGUE, VIEWS, Key, view_keys
from orion_tui.base.key_names import display
from orion_tui.base.own_keys import DEFAULT, Keys
from orion_tui.themes import app_of

__all__ = ["CATALOGUE", "VIEWS", "Key", "bindings", "display", "keys_of", "only", "table", "view_keys", "without"]


def bindings(*views: str) -> list[BindingType]:
    """The views' entries as Textual bindings."""
    return [_binding(key) for key in CATALOGUE if key.view in views]


def only(*ids: str) -> list[BindingType]:
    """Just these entries as bindings."""
    return [_binding(BY_ID[name]) for name in ids]


def without(view: str, *ids: str) -> list[BindingType]:
    """A view's entries but these."""
    return [_binding(key) for key in view_keys(view) if key.id not in ids]


def keys_of(node: MessagePump) -> Keys:
    """The keys that the node's app obeys; the catalogue's own in an app that does not say."""
    found = getattr(app_of(node), "keys", None)
    return found if isinstance(found, Keys) else DEFAULT


def _binding(key: Key) -> BindingType:
    return Binding(key.keys, key.action, key.label, id=key.id, show=False, tooltip=key.help)


def table() -> str:
    """All keys as a Markdown table, a row a view: what the README shows."""
    rows = ["| where | keys |", "|---|---|"]
    for view, heading in VIEWS.items():
        cells = (f"{_code(key)} {key.label}" for key in view_keys(view))
        rows.append(f"| {heading} | {' · '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _code(key: Key) -> str:
    return " ".join(f"`{display(name)}`" for name in key.keys.split(","))
