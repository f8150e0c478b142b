"""The part of the scripted engine that lets a session go on with another model."""

from typing import Any

import attrs

from orion_tui.bridge.models_port import ModelOffer, WentOn
from orion_tui.core.models.sessions import SessionState
from tests.support.screens.world import World

#: What the scripted vault opens with.
PASSPHRASE = "sesame"


class FakeModels:
    """See FakeCommands. A model of `vaulted` needs the passphrase first."""

    _world: World

    def _called(self, name: str, *details: Any) -> None:
        raise NotImplementedError

    def models_for(self, session_id: str) -> tuple[ModelOffer, ...]:
        self._called("models_for", session_id)
        return (
            ModelOffer(model="openai/gpt-6", found="what it works with now", current=True),
            *(ModelOffer(model=name, found=name) for name in self._world.model_names),
            ModelOffer(model="ollama/qwen3-coder:30b", found="ollama lists it", unpriced=True),
            ModelOffer(model="vaulted/one", found="settings.yaml"),
        )

    def change_model(self, session_id: str, model: str, passphrase: str = "") -> WentOn:
        self._called("change_model", session_id, model)
        if model.startswith("vaulted/") and passphrase != PASSPHRASE:
            return WentOn(needs_passphrase=True, problem="wrong passphrase" if passphrase else "")
        world = self._world
        with world.lock:
            world.sessions = [
                attrs.evolve(s, models={"plan": model, "work": model}) if s.id == session_id else s
                for s in world.sessions
            ]
        world.set_state(session_id, SessionState.RUNNING)
        return WentOn(goes_on=True)
