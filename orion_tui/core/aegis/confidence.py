"""What a stated confidence allows (RUN-4)."""

from enum import Enum

from orion_tui.roles.schema import Thresholds


class Verdict(Enum):
    """From most to least sure."""

    EXECUTE = "execute"
    #: Checkpoint first, execute, flag for review.
    FLAG = "flag"
    ASK = "ask"
    #: Ask, and count towards the collapse that stops a session (RUN-3).
    COLLAPSE = "collapse"


def judge_confidence(confidence: float, thresholds: Thresholds) -> Verdict:
    """The verdict on a confidence of 0 to 1. What is no number is no confidence."""
    if confidence >= thresholds.auto_execute:
        return Verdict.EXECUTE
    if confidence >= thresholds.execute_and_flag:
        return Verdict.FLAG
    return Verdict.ASK if confidence >= thresholds.pause_and_ask else Verdict.COLLAPSE
