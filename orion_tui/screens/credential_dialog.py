"""The credential, asked for over whatever stands there."""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from orion_tui.base.errors import OrionError
from orion_tui.screens.base import View
from orion_tui.screens.credential import CredentialPanel
from orion_tui.themes import look_of
from orion_tui.widgets.cells import literal


class CredentialDialog(ModalScreen[bool], inherit_bindings=False):
    """Hands what was entered to `use`; a refusal is said, and it is asked for again."""

    ALLOW_SELECT = False
    CSS_PATH = "credential_dialog.tcss"

    def __init__(
        self, view: View, title: str, use: Callable[[str, Callable[[], None], Callable[[OrionError], None]], None]
    ) -> None:
        super().__init__(classes="credential-dialog")
        self._view, self._title, self._use = view, title, use

    def compose(self) -> ComposeResult:
        """The panel in a frame."""
        with Vertical(id="frame"):
            yield CredentialPanel(self._view, self._entered, self._left)

    def on_mount(self) -> None:
        """Find out what is needed."""
        self.query_one("#frame", Vertical).border_title = Content(literal(self._title, look_of(self).glyphs))
        self.query_one(CredentialPanel).begin()

    def _entered(self, secret: str) -> None:
        panel = self.query_one(CredentialPanel)
        self._use(secret, self._done, panel.again)

    def _done(self) -> None:
        self.dismiss(True)

    def _left(self) -> None:
        self.dismiss(False)
