"""What is known of programs: one handler each, by the name of the program."""

from orion_tui.core.aegis.invocation import Handler
from orion_tui.core.aegis.programs import (
    builds,
    checks,
    control,
    files,
    git,
    interpreters,
    looking,
    packages,
    python,
    remote,
    wrappers,
)

#: A program that is not here claims `run` and nothing else.
PROGRAMS: dict[str, Handler] = {
    **looking.PROGRAMS,
    **files.PROGRAMS,
    **checks.PROGRAMS,
    **builds.PROGRAMS,
    **packages.PROGRAMS,
    **python.PROGRAMS,
    **interpreters.PROGRAMS,
    **wrappers.PROGRAMS,
    **git.PROGRAMS,
    **remote.PROGRAMS,
    **control.PROGRAMS,
}
