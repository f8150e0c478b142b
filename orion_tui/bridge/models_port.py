"""What the application asks to let a session go on with another model, and the values that come back."""

from typing import Protocol

import attrs


@attrs.frozen(kw_only=True)
class ModelOffer:
    """A model that a session may go on with."""

    #: `provider/name`.
    model: str
    #: Where it was found, for people: `settings.yaml (model.work)`, `ollama lists it`.
    found: str = ""
    #: The session works with it now.
    current: bool = False
    #: Its price is not known: no limit of dollars holds it.
    unpriced: bool = False


@attrs.frozen(kw_only=True)
class WentOn:
    """What became of a change of models."""

    #: A key lies in a vault that wants its passphrase first; nothing was changed.
    needs_passphrase: bool = False
    #: The passphrase that was given is wrong; "" where it is not.
    problem: str = ""
    #: It works on, or will; otherwise it waits for something else than its model.
    goes_on: bool = False


class ModelsCommands(Protocol):
    """Another model for a session that stands still."""

    def models_for(self, session_id: str) -> tuple[ModelOffer, ...]:
        """Models that are set up here, that of the session first. Asks servers of the person's own, 2 s at the most.

        Raises UsageError and StateError where its model cannot be changed.
        """
        ...

    def change_model(self, session_id: str, model: str, passphrase: str = "") -> WentOn:
        """Check the model and its key as when work is started, take it for all that is asked, and go on.

        Raises UsageError, NotFound, NoKey, ModelUnavailable and StateError; nothing is changed then.
        """
        ...
