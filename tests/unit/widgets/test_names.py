"""Our widgets do not walk on Textual's own attributes: a clash with a private name fails far from its cause."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.app import App
from textual.screen import ModalScreen

import orion_tui

pytestmark = pytest.mark.unit

ROOT = Path(orion_tui.__file__).parent

#: Names of Textual that are meant to be set or overridden.
MEANT = {"available_themes", "border_title", "border_subtitle", "display", "theme"} | {
    # Private, for the setter of the public one paints the whole pane again.
    "_border_subtitle",
}
#: Methods that are there to be overridden.
OVERRIDDEN = {
    "compose",
    "render_line",
    "get_default_screen",
    "get_theme_variable_defaults",
    "on_event",
    "action_quit",
    "run_action",
    "clipboard",
    "copy_to_clipboard",
    # Private, and the only way to keep a traceback with all variables from the terminal.
    "_fatal_error",
    "refresh_css",
    # Private, and where a screen can hold its first frame back until there is something in it.
    "_compositor_refresh",
    # Private, and tells that screen that it is being laid out.
    "_refresh_layout",
} | {
    "action_page_down",
    "action_page_up",
}


def _assigned(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name) and node.value.id == "self":
                yield node.attr
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name not in OVERRIDDEN:
            yield node.name


@pytest.mark.parametrize(
    "path", sorted((ROOT / "screens").glob("*.py")) + sorted((ROOT / "widgets").glob("*.py")), ids=lambda p: p.stem
)
def test_no_name_of_textual_is_taken(path: Path) -> None:
    screen: ModalScreen[None] = ModalScreen()
    taken = set(dir(screen)) - MEANT
    taken = {name for name in taken if not (name.startswith("__") and name.endswith("__"))}
    assert set(_assigned(path)) & taken == set()


def test_no_name_of_textual_is_taken_by_the_app() -> None:
    app: App[None] = App()
    taken = {name for name in dir(app) if not name.startswith("__")} - MEANT
    assert set(_assigned(ROOT / "app.py")) & taken == set()
