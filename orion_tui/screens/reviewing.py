"""What can be done with a session from anywhere: look at its diff and log, promote, undo, reject, pause, cancel."""

from typing import ClassVar

from orion_tui.bridge.snapshots import ACTIVE, PROMOTABLE, REVIEWABLE
from orion_tui.core.models.sessions import Session, SessionState
from orion_tui.screens.base import View
from orion_tui.widgets.reasons import can_hurry
from orion_tui.widgets.status import session_mark

#: States from which `reject` leads somewhere (RUN-1).
REJECTABLE = (*REVIEWABLE, SessionState.UNDONE, SessionState.UNRECOVERABLE)
#: States of a session with something that failed, which may be tried again.
RETRYABLE = (SessionState.FAILED, SessionState.RUNNING, SessionState.WAITING, SessionState.PAUSED)


class Reviewing(View):
    """A screen with a session that the keys act on."""

    #: What is said where no session is selected.
    UNCHOSEN: ClassVar[str] = "No session is selected."

    @property
    def session(self) -> Session | None:
        """The session that the keys act on."""
        raise NotImplementedError

    def _chosen(self) -> Session | None:
        session = self.session
        if session is None:
            self.say(self.UNCHOSEN, "muted")
        return session

    def action_diff(self) -> None:
        """What it changed."""
        if (session := self._chosen()) is not None:
            self.orion.open_diff(session.id)

    def action_log(self) -> None:
        """What happened in it."""
        if (session := self._chosen()) is not None:
            self.orion.open_log(session.id)

    def action_timeline(self) -> None:
        """What it can be taken back to."""
        if (session := self._chosen()) is not None:
            self.orion.open_timeline(session.id)

    def action_promote(self) -> None:
        """Bring it into the repository."""
        session = self._chosen()
        if session is None:
            return
        if session.state in PROMOTABLE and not session.tasks_done:
            more = f" {self.key('live.retry')} tries again what failed." if session.state is SessionState.FAILED else ""
            self.say(f"Nothing to promote: no task of it was done.{more}", "muted")
        elif session.state in PROMOTABLE:
            self.orion.open_promotion(session.id)
        elif session.state is SessionState.PROMOTED:
            self.say(f"It is promoted already; {self.key('live.undo')} takes it back.", "muted")
        else:
            self._cannot(session, "promoted")

    def action_undo(self) -> None:
        """Take a promotion back."""
        session = self._chosen()
        if session is None:
            return
        if session.state is SessionState.PROMOTED:
            self.orion.open_undo(session.id)
        else:
            self.say("Nothing to undo: this session is not promoted.", "muted")

    def action_pause(self) -> None:
        """Pause, or resume; what waits for a moment goes on at once."""
        session = self._chosen()
        if session is None:
            return
        if session.state in {SessionState.PAUSED, SessionState.INTERRUPTED} or session.control == "pause":
            self.command(lambda engine: engine.resume(session.id), lambda _: self.orion.tell("Resumed.", "good"))
        elif can_hurry(session):
            self.command(
                lambda engine: engine.resume(session.id), lambda _: self.orion.tell("It tries again now.", "good")
            )
        elif session.state in ACTIVE:
            self.command(
                lambda engine: engine.pause(session.id),
                lambda _: self.orion.tell(
                    "It pauses after the step in progress." if session.state is SessionState.RUNNING else "Paused.",
                    "good",
                ),
            )
        else:
            self._cannot(session, "paused")

    def action_cancel(self) -> None:
        """Stop it, after a question."""
        from orion_tui.screens.dialogs import ConfirmDialog

        session = self._chosen()
        if session is None:
            return
        if session.state not in ACTIVE:
            self._cannot(session, "cancelled")
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.command(
                    lambda engine: engine.cancel(session.id),
                    lambda _: self.orion.tell("Cancelled. Its work stays on the session's branch.", "warn"),
                )

        self.orion.push_screen(
            ConfirmDialog(
                "Cancel this session?",
                session.goal,
                "The step in progress is broken off and the files go back to the last checkpoint. "
                "What is done stays on the session's branch and can still be reviewed.",
            ),
            answered,
        )

    def action_model(self) -> None:
        """Go on with another model."""
        from orion_tui.screens.other_model import choose_model

        if (session := self._chosen()) is not None:
            choose_model(self, session)

    def action_retry(self) -> None:
        """Try what failed again."""
        session = self._chosen()
        if session is not None:
            self.retry(session, None)

    def retry(self, session: Session, task_id: str | None) -> None:
        """One failed task, or (None) all of them."""
        if task_id is None and session.state not in RETRYABLE:
            self.say(f"Nothing to try again: it is {session_mark(session.state)[1]}.", "muted")
            return
        self.command(
            lambda engine: engine.retry(session.id, task_id),
            lambda _: self.orion.tell("It is tried again.", "good"),
        )

    def reject_work(self) -> None:
        """Refuse finished work, with a reason."""
        from orion_tui.screens.dialogs import ReasonDialog

        session = self._chosen()
        if session is None:
            return
        if session.state not in REJECTABLE:
            self._cannot(session, "rejected")
            return

        def answered(reason: str | None) -> None:
            if reason is not None:
                self.command(
                    lambda engine: engine.reject(session.id, reason),
                    lambda _: self.orion.tell("Rejected. The work stays on the session's branch.", "warn"),
                )

        self.orion.push_screen(
            ReasonDialog(
                "Reject the work",
                session.goal,
                "This cannot be taken back: nothing of it can be promoted any more. The reason is kept.",
                required=True,
            ),
            answered,
        )

    def _cannot(self, session: Session, verb: str) -> None:
        self.say(f"It is {session_mark(session.state)[1]}, so it cannot be {verb}.", "muted")
