"""The real program with a mistake in it: asking for help ends it. `python -m tests.support.screens.mistaken`."""

from orion_tui.__main__ import main
from orion_tui.app import OrionApp


def _help(self: OrionApp) -> None:
    # A secret in a local variable, and a control sequence in the words of the error.
    secret = "hunter" + str(len(self.screen_stack) + 1)
    raise RuntimeError(f"\x1b]52;c;eA==\x07{len(secret)} letters went wrong")


if __name__ == "__main__":
    OrionApp.action_help = _help
    main([])
