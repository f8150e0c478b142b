"""Another model for a session that stands still: chosen among those that are set up, or written; then it goes on."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from orion_tui import keymap
from orion_tui.base.text import reveal
from orion_tui.bridge.models_port import ModelOffer, WentOn
from orion_tui.core.models.sessions import Session
from orion_tui.screens.base import View
from orion_tui.screens.dialogs import Dialog
from orion_tui.screens.passphrase import PassphraseDialog
from orion_tui.screens.picking import Pick, Picker
from orion_tui.widgets.text_entry import TextEntry

#: The pick that leads to an entry; no model has that name.
_WRITE = ""


class ModelDialog(Dialog[str]):
    """A model that no list has, as `provider/name`."""

    VIEW = "form"
    BINDINGS = keymap.bindings("form")

    def field(self) -> ComposeResult:
        """See Dialog."""
        yield TextEntry("provider/name", id="model")

    def on_mount(self) -> None:
        """The keys go into the line."""
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def action_submit(self) -> None:
        """Take it; whether there is such a model is checked by who is asked for it."""
        if model := self.query_one(Input).value.strip():
            self.dismiss(model)
        else:
            self.query_one("#frame", Vertical).border_subtitle = "such as anthropic/claude-sonnet-5-5"

    def action_leave(self) -> None:
        """Nothing happened."""
        self.dismiss(None)


def choose_model(view: View, session: Session) -> None:
    """Offer what there is; what is chosen is checked before anything is changed, and then the session goes on."""
    view.look_up(lambda engine: engine.models_for(session.id), lambda offers: _offer(view, session, offers))


def _offer(view: View, session: Session, offers: Sequence[ModelOffer]) -> None:
    if not view.alive:
        return
    picks = [_pick(offer) for offer in offers]
    picks.append(Pick(key=_WRITE, name="another one ...", words="Write its name, as provider/name."))
    current = next((offer.model for offer in offers if offer.current), "")

    def taken(key: str | None) -> None:
        if key == _WRITE:
            view.orion.push_screen(
                ModelDialog("Another model", session.goal, "It is asked from now on; plan and budget stay."),
                taken,
            )
        elif key is not None:
            _change(view, session, key)

    view.orion.push_screen(Picker("Go on with which model?", picks, at=current), taken)


def _pick(offer: ModelOffer) -> Pick:
    priced = " No price is known of it: the limit of tokens holds, that of dollars does not." if offer.unpriced else ""
    now = "It stays with this one and tries again." if offer.current else "It is asked from now on, for plans too."
    return Pick(
        key=offer.model,
        name=str(reveal(offer.model)),
        facts=str(reveal(offer.found)),
        words=f"{now} Role, plan and budget stay.{priced}",
    )


def _change(view: View, session: Session, model: str, passphrase: str = "") -> None:
    def done(found: WentOn) -> None:
        if found.needs_passphrase:
            view.orion.push_screen(PassphraseDialog(found.problem), entered)
        elif found.goes_on:
            view.orion.tell(f"It goes on with {reveal(model)}.", "good")
        else:
            view.orion.tell(f"From now on it asks {reveal(model)}.", "good")

    def entered(secret: str | None) -> None:
        if secret:
            _change(view, session, model, secret)

    view.command(lambda engine: engine.change_model(session.id, model, passphrase), done)
