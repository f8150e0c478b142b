"""What a model is asked about its task: its conversation, made shorter where it has to be, and its answer."""

import attrs

from orion_tui.core.agent import compaction, prompt, tools
from orion_tui.core.agent.conversation import Conversation
from orion_tui.core.agent.model import Declined, ModelFacts, ModelRef, Question, RequestRefused, Stopped, Tool, TooLong
from orion_tui.core.agent.reply_record import of_record
from orion_tui.core.external.toolbox import Toolbox
from orion_tui.core.models.agent import Compaction
from orion_tui.core.session.asking import Asking, question_tokens
from orion_tui.core.session.task_log import TaskLog
from orion_tui.core.session.task_run import Ending, TaskResult

#: Tokens that one answer may have.
ANSWER_TOKENS = 8_192


@attrs.define(kw_only=True)
class Turns:
    """The questions of one attempt at a task."""

    log: TaskLog
    asking: Asking
    model: ModelRef
    facts: ModelFacts
    #: What the model may use outside of the sandbox; None where that is nothing.
    external: Toolbox | None = None
    #: The tools of the last question, and the tokens of all that it had beside its messages.
    _counted: tuple[tuple[Tool, ...], int] | None = attrs.field(default=None, init=False)
    #: The window as far as it is known: a model that says "too long" knows better than a table.
    _window: int = attrs.field(default=attrs.Factory(lambda self: self.facts.window, takes_self=True), init=False)

    def ask(self) -> TaskResult | None:
        """The next answer, on record; the task's end where there will be none.

        Raises what concerns the whole session: AskLater, NeedsPerson, CeilingReached.
        """
        loaded = prompt.load("work")
        question = self._bare()
        around = self._around(question)
        try:
            conversation = self._compacted(around)
            question = attrs.evolve(question, messages=conversation.messages)
            step, _ = self.asking.ask(
                question,
                purpose="work",
                prompt=loaded.prompt,
                task_id=self.log.task_id,
                attempt=self.log.attempt,
                index=self.log.next,
                size=around + conversation.tokens,
            )
        except Stopped:
            return TaskResult(ending=Ending.STOPPED)
        except TooLong as failure:
            # The window is smaller than it was thought to be: what did not fit is above it.
            known = int(0.8 * question_tokens(question))
            if known >= self._window or known < 2 * ANSWER_TOKENS:
                return TaskResult(ending=Ending.FAILED, reason=failure.message)
            self._window = known
            return None
        except (Declined, RequestRefused) as failure:
            return TaskResult(ending=Ending.FAILED, reason=failure.message)
        self.log.append(step)
        return None

    def summarised(self) -> str | None:
        """A summary that is paid for and not used yet, for who asked for it was stopped in between; None mostly."""
        last = self.log.steps[-1]
        if last.action.get("purpose") == "compact" and "reply" in (last.result or {}):
            return of_record((last.result or {})["reply"]).text
        return None

    def _compacted(self, around: int) -> Conversation:
        """The conversation, made shorter first where it has to be; each shortening is a step.

        `around` is what a question has beside it, in tokens.
        """
        while True:
            conversation = self.log.conversation()
            planned = compaction.plan_compaction(conversation, self.log.steps, self._window, ANSWER_TOKENS + around)
            if planned is None:
                return conversation
            self._compact(planned, conversation)

    def _compact(self, planned: Compaction, conversation: Conversation) -> None:
        summary = ""
        if planned.how == "summary":
            summary = self._summary(planned) or compaction.digest(
                [step for step in self.log.steps if step.index <= planned.upto]
            )
        data = {"upto": planned.upto, "how": planned.how, "tokens_before": conversation.tokens}
        self.log.add(planned, {"summary": summary}, [("conversation.compacted", "orion", data)])

    def _summary(self, planned: Compaction) -> str:
        """The model's summary; empty where it gives none, and the step log's own words have to do."""
        if (summary := self.summarised()) is not None:
            return summary
        loaded = prompt.load("compact")
        question = compaction.question(
            self.log.steps,
            planned,
            model=self.model,
            instructions=loaded.text,
            room=int(0.6 * self._window),
            max_tokens=ANSWER_TOKENS // 2,
        )
        try:
            step, reply = self.asking.ask(
                question,
                purpose="compact",
                prompt=loaded.prompt,
                task_id=self.log.task_id,
                attempt=self.log.attempt,
                index=self.log.next,
            )
        except (TooLong, Declined, RequestRefused):
            return ""
        self.log.append(step)
        return reply.text

    def _around(self, bare: Question) -> int:
        """Tokens of a question without its messages; counted anew only when there are other tools."""
        if self._counted is None or self._counted[0] != bare.tools:
            self._counted = bare.tools, question_tokens(bare)
        return self._counted[1]

    def _bare(self) -> Question:
        return Question(
            model=self.model,
            instructions=prompt.load("work").text,
            messages=(),
            tools=(*tools.TOOLS, *(self.external.tools if self.external is not None else ())),
            max_tokens=ANSWER_TOKENS,
        )
