"""What a session that Orion stopped lacks. `Session.reason` tells people the same; nothing is decided by its words."""

from enum import StrEnum


class Halt(StrEnum):
    """Why Orion let a session stand still. Written with the state, and gone with the next."""

    #: It does not stand still, a person stopped it or is asked something, or the reason says all there is to know.
    NONE = ""
    #: Something that only a person can mend: a key, credit, a model that is gone.
    PERSON = "person"
    #: Its role works at other hours.
    HOURS = "hours"
    #: A model gave no answer and is asked again.
    MODEL = "model"
    #: No sandbox could be had; it is tried again.
    SANDBOX = "sandbox"
