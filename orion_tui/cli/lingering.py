"""Lingering in plain words: what it is, whether it is on, and the one command that switches it on."""

from orion_tui.cli.output import say
from orion_tui.core.service.systemd import Lingering, user_name


def tell_lingering(found: Lingering) -> None:
    """Say what happens when nobody is logged in."""
    if found is Lingering.ON:
        say("Lingering is on: your services start with the machine and go on when you log out.")
        return
    say(
        "Lingering is off for you."
        if found is Lingering.OFF
        else "Whether lingering is on cannot be told here (logind does not answer).",
        bold=True,
    )
    say("Your services, this one among them, then run only while you are logged in somewhere: when the last of your")
    say("sessions ends (a closed SSH connection, too), systemd stops them, and after a reboot they start when you next")
    say("log in. Orion's sessions are not lost: they finish their step and go on then. To let work go on without you:")
    say(f"    loginctl enable-linger {user_name()}")
