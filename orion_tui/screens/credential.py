"""The credential, asked for in place: verified, or set up first where there is none yet."""

from collections.abc import Callable
from enum import Enum

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from orion_tui.base.errors import OrionError
from orion_tui.bridge.promotion_port import AuthView
from orion_tui.screens.base import View
from orion_tui.themes import look_of
from orion_tui.widgets.cells import Part, wrap
from orion_tui.widgets.choice_list import Choice, ChoiceList
from orion_tui.widgets.document import DocLine, Document, of
from orion_tui.widgets.line_view import LineView
from orion_tui.widgets.secret_field import SecretField
from orion_tui.widgets.times import exact

#: What a PIN may be (AUTH-1).
SHORTEST, LONGEST = 6, 8
#: A passphrase protects a file that can be attacked at leisure.
SHORTEST_PASSPHRASE = 8


class Asked(Enum):
    """What the entry is for."""

    NOTHING = "nothing"
    VAULT = "vault"
    NEW_PASSPHRASE = "new passphrase"  # noqa: S105 - what is asked for, no secret
    PASSPHRASE_AGAIN = "passphrase again"  # noqa: S105 - what is asked for, no secret
    NEW_PIN = "new PIN"
    PIN_AGAIN = "PIN again"
    PASSPHRASE = "passphrase"  # noqa: S105 - what is asked for, no secret
    PIN = "PIN"


class CredentialPanel(Vertical):
    """Goes through what is needed, one entry at a time. `use` gets the PIN; `left` is called on Esc."""

    def __init__(self, view: View, use: Callable[[str], None], left: Callable[[], None]) -> None:
        super().__init__(id="credential")
        self._view = view
        self._use = use
        self._left = left
        self._asked = Asked.NOTHING
        self._first = ""
        self._passphrase = ""
        self._vault = ""
        self._early = ""
        self._auth: AuthView | None = None

    def compose(self) -> ComposeResult:
        """What is said, what can be chosen, what is entered."""
        said = Document(id="said")
        said.can_focus = False
        yield said
        yield ChoiceList(id="choices")
        yield SecretField(id="secret")

    @property
    def asked(self) -> Asked:
        """What the entry is for now."""
        return self._asked

    def begin(self) -> None:
        """Find out what is needed."""
        self.display = True
        self._early = ""
        self._say([("looking at your credentials", "muted")])
        self._view.command(lambda engine: engine.auth(), self._know, self._failed)

    def end(self) -> None:
        """Nothing more is asked; nothing is remembered."""
        self._asked = Asked.NOTHING
        self._first = self._passphrase = self._early = ""
        self.display = False

    def again(self, error: OrionError) -> None:
        """The credential was refused: say why, and ask again."""
        self._ask(Asked.PIN, error)

    def typed_early(self, digit: str) -> None:
        """A digit that no entry took: kept for the PIN while it is about to be asked for, else answered."""
        if self._asked is Asked.NOTHING:
            self._early += digit
        elif self._asked is Asked.VAULT:
            self._view.say("First where the PIN is kept: Enter takes the marked one. The PIN comes next.", "warn")

    def _know(self, auth: AuthView) -> None:
        early, self._early = self._early, ""
        self._auth = auth
        if "pin" not in auth.methods:
            self._enroll(auth)
        elif auth.needs_passphrase:
            self._ask(Asked.PASSPHRASE)
        else:
            self._ask(Asked.PIN)
            self.query_one(SecretField).add(early)

    def _enroll(self, auth: AuthView) -> None:
        if auth.vault:
            self._vault = auth.vault
            self._ask(Asked.NEW_PIN)
            return
        self._asked = Asked.VAULT
        self._say(
            [("No PIN is set yet. It proves that it is you who promotes.", "text")],
            [("This machine has no keychain that serves. Where shall the PIN be kept?", "muted")],
        )
        choices = self.query_one(ChoiceList)
        choices.offer([Choice(name, words) for name, words in auth.choices])
        self._show(choices=True)

    def _ask(self, what: Asked, error: OrionError | None = None) -> None:
        self._asked = what
        field = self.query_one(SecretField)
        auth = self._auth
        locked = auth.locked_until if auth is not None and what is Asked.PIN else None
        lines: list[list[Part]] = []
        if error is not None:
            lines.append([(f"{self._view.orion.look.glyphs.failed} ", "bad"), (error.message, "bad")])
            lines += [[("  " + error.hint, "muted")]] if error.hint else []
        elif locked is not None:
            lines.append(
                [(f"Locked until {exact(locked)} after too many wrong PINs; a right one is refused too.", "warn")]
            )
        match what:
            case Asked.NEW_PASSPHRASE:
                lines.append(
                    [("A passphrase for the encrypted file; it is asked for again after every start.", "text")]
                )
            case Asked.PASSPHRASE:
                lines.append([("The PIN is kept in an encrypted file: its passphrase first.", "text")])
            case Asked.NEW_PIN:
                lines.append([(f"Choose a PIN of {SHORTEST} to {LONGEST} digits. It is asked for twice.", "text")])
            case Asked.PASSPHRASE_AGAIN | Asked.PIN_AGAIN:
                lines.append([("Once more, to be sure.", "text")])
            case _:
                if not lines:
                    lines.append([("Your PIN.", "text")])
        self._say(*lines)
        digits = what in {Asked.NEW_PIN, Asked.PIN_AGAIN, Asked.PIN}
        field.ask({"PIN": "PIN"}.get(what.value, what.value), digits=digits)
        self._show(choices=False)

    def _show(self, *, choices: bool) -> None:
        self.query_one(ChoiceList).display = choices
        field = self.query_one(SecretField)
        field.display = not choices
        (self.query_one(ChoiceList) if choices else field).focus()
        self._view.refresh_frame()

    def _say(self, *lines: list[Part]) -> None:
        pane = self.query_one("#said", Document)
        glyphs = look_of(self).glyphs

        def compose(width: int, height: int) -> list[DocLine]:
            del height
            composed: list[DocLine] = []
            for parts in lines:
                text = "".join(text for text, _ in parts)
                if len(parts) > 1 or len(text) <= width:
                    composed.append(of(*parts))
                else:
                    composed += [of((piece, parts[0][1])) for piece in wrap(text, width, glyphs)]
            return composed

        # It may stand in a dialog that is narrower than the screen; it has no size before it is shown.
        width = (self.size.width or self._view.size.width - 4) - 2 * pane.margin
        pane.styles.height = max(1, len(compose(max(20, width), 0)))
        pane.write(compose)

    @on(LineView.Entered, "#choices")
    def _chosen(self, event: "LineView.Entered") -> None:  # pyright: ignore[reportMissingTypeArgument, reportUnknownParameterType]
        event.stop()
        choice = self.query_one(ChoiceList).selected
        if choice is not None:
            self._vault = choice.name
            self._ask(Asked.NEW_PASSPHRASE if choice.name == "passphrase" else Asked.NEW_PIN)

    @on(SecretField.Left)
    def _leave(self, event: SecretField.Left) -> None:
        event.stop()
        self.end()
        self._left()

    @on(SecretField.Submitted)
    def _entered(self, event: SecretField.Submitted) -> None:
        event.stop()
        value = event.take()
        match self._asked:
            case Asked.NEW_PASSPHRASE:
                if len(value) < SHORTEST_PASSPHRASE:
                    self._ask(self._asked, OrionError(f"at least {SHORTEST_PASSPHRASE} characters"))
                else:
                    self._first = value
                    self._ask(Asked.PASSPHRASE_AGAIN)
            case Asked.PASSPHRASE_AGAIN:
                first, self._first = self._first, ""
                if value != first:
                    self._ask(Asked.NEW_PASSPHRASE, OrionError("the two were not the same: from the start"))
                else:
                    self._passphrase = value
                    self._ask(Asked.NEW_PIN)
            case Asked.NEW_PIN:
                if not SHORTEST <= len(value) <= LONGEST:
                    self._ask(self._asked, OrionError(f"a PIN has {SHORTEST} to {LONGEST} digits"))
                else:
                    self._first = value
                    self._ask(Asked.PIN_AGAIN)
            case Asked.PIN_AGAIN:
                first, self._first = self._first, ""
                if value != first:
                    self._ask(Asked.NEW_PIN, OrionError("the two were not the same: from the start"))
                else:
                    self._set_up(value)
            case Asked.PASSPHRASE:
                self._say([("opening the vault", "muted")])
                self._view.command(
                    lambda engine: engine.unlock(value),
                    lambda _: self._ask(Asked.PIN),
                    lambda error: self._ask(Asked.PASSPHRASE, error),
                )
            case Asked.PIN:
                if value:
                    self._use(value)
            case _:
                pass

    def _set_up(self, pin: str) -> None:
        vault, passphrase = self._vault, self._passphrase
        self._passphrase = ""
        self._say([("setting up the PIN", "muted")])
        self._view.command(
            lambda engine: engine.enroll(pin, vault, passphrase),
            lambda _: self._use(pin),
            lambda error: self._ask(Asked.NEW_PIN, error),
        )

    def _failed(self, error: OrionError) -> None:
        self._say([(error.message, "bad")], [(error.hint, "muted")])
