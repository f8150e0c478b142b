"""Another model for a session, over the real engine."""

import os
from typing import TYPE_CHECKING

from orion_tui.base.errors import OrionError, WrongPassphrase
from orion_tui.bridge.models_port import ModelOffer, WentOn
from orion_tui.core import settings
from orion_tui.core.agent import choice, model_names
from orion_tui.core.agent.connections import Connections
from orion_tui.core.agent.keys import Keys
from orion_tui.core.agent.model import ModelRef
from orion_tui.core.agent.unpriced import unpriced
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.core.session import other_models

if TYPE_CHECKING:
    from orion_tui.core.engine import Engine

#: Sessions that are looked at for models that were used before.
_RECENT = 50
#: Models of one server that are offered; any other can be written.
_LISTED = 30
#: A model, whichever: what is asked is whether the session's can be changed.
_ANY = "any/model"


class _PassphraseWanted(OrionError):
    """A vault has to be opened by the person first."""


class ModelsHand:
    """The part of the lanes' hold on the engine that changes models."""

    _engine: "Engine"

    def models_for(self, session_id: str) -> tuple[ModelOffer, ...]:
        """See ModelsCommands."""
        session = self._engine.session(session_id)
        # Says now why it cannot be, and not after a model was chosen.
        other_models.others(session, work=_ANY)
        work = session.models.get("work", "")
        found = {work: "what it works with now"} if work else {}
        for model, where in (*self._set_up(), *self._listed(), *self._used()):
            found.setdefault(model, where)
        free = set(unpriced(self._engine.home, found))
        return tuple(
            ModelOffer(model=model, found=where, current=model == work, unpriced=model in free)
            for model, where in found.items()
        )

    def change_model(self, session_id: str, model: str, passphrase: str = "") -> WentOn:
        """See ModelsCommands."""

        def ask() -> str:
            if not passphrase:
                raise _PassphraseWanted("the vault wants its passphrase")
            return passphrase

        try:
            self._engine.change_models(session_id, work=model, ask_passphrase=ask)
        except _PassphraseWanted:
            return WentOn(needs_passphrase=True)
        except OrionError as error:
            wrong = error if isinstance(error, WrongPassphrase) else error.__cause__
            if isinstance(wrong, WrongPassphrase):
                return WentOn(needs_passphrase=True, problem=wrong.message)
            raise
        return WentOn(goes_on=self._go_on(self._engine.session(session_id)))

    def _go_on(self, session: Session) -> bool:
        """Let it go on where it stood still for its model, or failed; what waits for a person goes on waiting."""
        if session.state is SessionState.FAILED:
            self._engine.retry(session.id)
        elif session.state in {SessionState.PAUSED, SessionState.INTERRUPTED} or session.due_at > 0:
            self._engine.resume(session.id)
        else:
            return session.state is SessionState.CREATED
        return True

    def _set_up(self) -> list[tuple[str, str]]:
        """What the environment and the settings choose, and what the settings have a price or a context for."""
        wish = settings.load(self._engine.home)
        chosen = [choice.choose(step, environ=os.environ, settings=wish.model) for step in choice.Step]
        named = dict.fromkeys([*wish.contexts, *wish.prices])
        return [
            *((str(one.model), one.chosen_by) for one in chosen if one is not None),
            *((str(model), "settings.yaml") for model in named),
        ]

    def _listed(self) -> list[tuple[str, str]]:
        """What servers of the person's own list that they set up, or chose a model of."""
        wish = settings.load(self._engine.home)
        among = {*wish.providers, *(model.partition("/")[0] for model, _ in self._set_up())}
        lists = model_names.by_provider(Connections(wish, Keys(self._engine.home, os.environ)), among)
        return [
            (f"{name}/{model}", f"{name} lists it")
            for name, listed in lists.items()
            for model in listed[:_LISTED]
            if _is_model(f"{name}/{model}")
        ]

    def _used(self) -> list[tuple[str, str]]:
        """What other sessions work or worked with, those of the newest first."""
        sessions = self._engine.sessions(limit=_RECENT)
        return [(model, "used before") for session in sessions for model in session.models.values()]


def _is_model(text: str) -> bool:
    """Whether a name that a server lists can be asked for: proxies list patterns, and some list nonsense."""
    if "*" in text:
        return False
    try:
        ModelRef.parse(text)
    except OrionError:
        return False
    return True
