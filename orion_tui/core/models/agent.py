"""What a model's work on a task is made of beside the actions that pass the gate: one value for each kind of step.

A task's conversation is a pure function of its finished steps (`core.agent.conversation`): whoever goes on after a
crash rebuilds it from them. Each value is what the step was started with; what came of it is in the step's result.
"""

import attrs


@attrs.frozen(kw_only=True)
class Prompt:
    """A prompt file that a question was made with, so that an old session can be understood later."""

    #: `plan`, `work`, `replan`, `compact`.
    name: str
    #: SHA-256 of the file's bytes, 64 hex digits.
    hash: str


@attrs.frozen(kw_only=True)
class Opening:
    """The task as it is put to the model, with what is known by then: the first message of its conversation."""

    text: str


@attrs.frozen(kw_only=True)
class AskModel:
    """One question to a model. Result: `reply` (`core.agent.reply_record`), `tokens`, `cost_usd`, `seconds`."""

    #: `plan`, `work`, `replan`, `compact`.
    purpose: str
    #: `provider/name`.
    model: str
    prompt: Prompt
    #: Tokens that it costs at the most, input by estimate: what is counted when its answer is lost with a process.
    at_most: int = 0
    #: Dollars of the same; None where the model has no price.
    at_most_usd: float | None = None


@attrs.frozen(kw_only=True)
class Hint:
    """Words of the person, put into the conversation between two questions."""

    #: Row of `hints` that it comes from; 0 for Orion's own (what a check said, how many steps are left).
    id: int
    text: str


@attrs.frozen(kw_only=True)
class AskPerson:
    """The model asks the person something. Result: `answer`, or `refused` with the reason."""

    question: str


@attrs.frozen(kw_only=True)
class Note:
    """Something that the model wants the person to read later."""

    text: str


@attrs.frozen(kw_only=True)
class Finish:
    """The model says that the task is done, or cannot be done. Acceptance checks decide, not this."""

    summary: str
    #: `done` or `impossible`.
    outcome: str = "done"
    #: 0 to 1: how sure the model is that it is right.
    confidence: float = 1.0
    #: What it could not check, in its own words; empty where it says that nothing is left.
    unchecked: str = ""


@attrs.frozen(kw_only=True)
class BadCall:
    """A tool call that cannot be carried out: no such tool, wrong arguments. Result: `output`, told to the model."""

    name: str
    problem: str


@attrs.frozen(kw_only=True)
class Compaction:
    """From here on all up to a step takes less room in the conversation. Result: `summary`, where there is one."""

    #: Index of the last step that it is about.
    upto: int
    #: `summary`: a summary stands in the place of those turns; `elide`: they stay, with long results shortened.
    how: str = "summary"


@attrs.frozen(kw_only=True)
class PlanDecision:
    """How a dialogue about the plan ended; it belongs to no task."""

    #: `plan`, `keep`, `revise`, `abort`, or `refused` where no answer was a valid one.
    outcome: str
    reason: str = ""
    #: The version of the plan that came of it; 0 where none did.
    version: int = 0


AgentStep = Opening | AskModel | Hint | AskPerson | Note | Finish | BadCall | Compaction | PlanDecision
