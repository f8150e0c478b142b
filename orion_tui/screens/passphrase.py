"""The passphrase of the vault, asked for where a key lies in it."""

from textual import on
from textual.app import ComposeResult

from orion_tui import keymap
from orion_tui.screens.dialogs import Dialog
from orion_tui.widgets.secret_field import SecretField


class PassphraseDialog(Dialog[str]):
    """Typed masked; handed over once."""

    VIEW = "form"
    BINDINGS = keymap.bindings("form")

    def __init__(self, why: str = "") -> None:
        super().__init__(
            "Passphrase",
            why,
            "A key lies in an encrypted file. Its passphrase opens it; the supervisor then has the key in memory.",
        )

    def field(self) -> ComposeResult:
        """See Dialog."""
        yield SecretField(id="secret")

    def on_mount(self) -> None:
        """The keys go into the field."""
        field = self.query_one(SecretField)
        field.ask("passphrase", digits=False)
        field.focus()

    @on(SecretField.Submitted)
    def _entered(self, event: SecretField.Submitted) -> None:
        event.stop()
        self.dismiss(event.take())

    @on(SecretField.Left)
    def action_leave(self) -> None:
        """Nothing happened."""
        self.dismiss(None)

    def action_submit(self) -> None:
        """The field's own key."""
        self.query_one(SecretField).action_submit()
