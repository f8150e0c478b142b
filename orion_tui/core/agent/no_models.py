"""The port of a supervisor that asks no models: every question fails as one without a key does."""

from collections.abc import Callable

from orion_tui.core.agent.model import ModelFacts, ModelPort, ModelRef, NoKey, Question, Reply, StopFlag


class _NoModels:
    def ask(
        self,
        question: Question,
        *,
        heard: Callable[[str], None] | None = None,  # noqa: ARG002 - nothing will ever be said
        stop: StopFlag | None = None,  # noqa: ARG002 - it ends at once
    ) -> Reply:
        raise NoKey(f"{question.model} cannot be asked: this supervisor has no way to language models")

    def facts(self, model: ModelRef, *, tokens: int = 1_000) -> ModelFacts:  # noqa: ARG002 - the same for all
        return ModelFacts(price=None, window=32_768)

    def close(self) -> None:
        """There is nothing to close."""


NO_MODELS: ModelPort = _NoModels()
