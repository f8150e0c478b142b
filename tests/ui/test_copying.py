"""`y`: what is copied of each thing, where it goes, and that the bottom line says exactly that."""

import base64
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.bridge.copies_commands import KEPT, CopiesHand
from orion_tui.clipboard import Clipboard
from orion_tui.core.appearance import Appearance
from orion_tui.core.models.sessions import SessionState
from orion_tui.screens.copying import Copied, under_cursor
from tests.support.records import Records
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night
from tests.support.screens.terminal import TerminalRun

pytestmark = pytest.mark.unit

A = "a1b2c3d4e5f6"
SENT = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")


def here(drive: Drive) -> Copied | None:
    return under_cursor(drive.view)


async def test_what_is_under_the_cursor_is_what_is_copied() -> None:
    world = night()
    async with orion(world) as drive:
        asked = next(a for a in world.approvals if "question" not in a.card)
        drive.app.open_approval(asked.id)
        await drive.until(lambda: here(drive) == Copied(str(asked.card["text"]), "the command"))
        drive.app.action_view("sessions")
        await drive.until(lambda: (c := here(drive)) is not None and c.what == "the session's id")
        found = here(drive)
        assert found is not None
        assert found.text in {session.id for session in world.sessions}
        drive.app.action_view("settings")
        await drive.until(lambda: (c := here(drive)) is not None and c.what == "the setting")
        with_diff = next(iter(world.diffs))
        drive.app.open_diff(with_diff)
        await drive.until(lambda: (c := here(drive)) is not None and c.what == "the line")
        assert here(drive) == Copied(world.diffs[with_diff][0].files[0].path, "the line")
        await drive.press("enter")
        await drive.until(lambda: (c := here(drive)) is not None and c.what == "the hunk")
        hunk = here(drive)
        assert hunk is not None
        assert hunk.text.startswith("@@ -")
        assert "\n+" in hunk.text
        await drive.press("down")
        line = here(drive)
        assert line is not None
        assert "\n" not in line.text
        drive.app.open_log(world.sessions[0].id)
        await drive.until(lambda: (c := here(drive)) is not None and c.what == "the log line")


@pytest.mark.parametrize(
    ("way", "reached", "said", "kept"),
    [
        (
            "auto",
            True,
            r"Sent to the terminal's clipboard, and saved in ~/\.orion/clipboard/copy-1\.txt: the session's id \(",
            True,
        ),
        ("auto", False, r"Saved in ~/\.orion/clipboard/copy-1\.txt: the session's id \(12 characters\)", True),
        ("osc52", True, r"Sent to the terminal's clipboard: the session's id \(12 characters\)\.", False),
        ("osc52", False, "Not copied: this terminal has no clipboard", False),
        ("file", True, r"Saved in .*: the session's id", True),
        ("off", True, "Copying is switched off", False),
    ],
)
async def test_the_bottom_line_says_what_was_done(
    way: str, reached: bool, said: str, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = night()
    async with orion(world, appearance=Appearance(clipboard=way)) as drive:
        drive.app.terminal_clipboard = Clipboard(reached=reached)
        written: list[str] = []
        send: Callable[[str], bool] = lambda sequence: written.append(sequence) is None  # noqa: E731
        monkeypatch.setattr(drive.app, "_send", send)
        drive.app.action_view("sessions")
        await drive.until(lambda: here(drive) is not None)
        await drive.press("y")
        await drive.until(lambda: re.search(said, drive.said), said)
        assert bool(written) == (reached and way in {"auto", "osc52"})
        assert any(call[0] == "keep_copy" for call in world.calls) == kept


async def test_read_only_writes_no_file_and_says_so() -> None:
    world = night()
    async with orion(world, read_only=True) as drive:
        drive.app.terminal_clipboard = Clipboard(reached=False)
        drive.app.action_view("sessions")
        await drive.until(lambda: here(drive) is not None)
        await drive.press("y")
        assert drive.said == "Not copied: this terminal has no clipboard."
    assert not any(call[0] == "keep_copy" for call in world.calls)


def test_a_kept_copy_is_for_its_owner_alone_and_old_ones_go(tmp_path: Path) -> None:
    hand = CopiesHand()
    hand._home = OrionHome(tmp_path)  # pyright: ignore[reportPrivateUsage]
    paths = [Path(hand.keep_copy(f"copy {number} \udcff")) for number in range(KEPT + 3)]
    assert stat.S_IMODE(paths[-1].stat().st_mode) == 0o600
    assert stat.S_IMODE(paths[-1].parent.stat().st_mode) == 0o700
    assert paths[-1].read_text().startswith(f"copy {KEPT + 2} ")
    assert sorted(paths[-1].parent.iterdir()) == sorted(paths[3:])


@pytest.mark.parametrize("tmux", [False, True])
def test_the_bytes_on_a_real_terminal(tmp_path: Path, tmux: bool) -> None:
    home = OrionHome(tmp_path / "home")
    home.prepare()
    hostile = "\x1b]52;c;aGk=\x07"
    Records(home).session(A, SessionState.COMPLETED, goal=f"Retry{hostile}", workspace=f"/srv/{hostile}x")
    environ = {name: value for name, value in os.environ.items() if name not in {"TMUX", "STY"}}
    if tmux:
        environ["TMUX"] = "/tmp/tmux-0/default,1,0"
    with TerminalRun(home=home.root, environ=environ, size=(120, 30)) as run:
        run.until("Retry")
        run.send(b"2")
        run.until("sessions")
        run.quiet()
        assert not SENT.search(run.raw)
        run.send(b"y")
        run.until("and saved in")
        run.send(b"\x03")
        assert run.wait() == 0
        encoded = base64.b64encode(A.encode())
        bare = b"\x1b]52;c;" + encoded + b"\x07"
        if tmux:
            assert b"\x1bPtmux;\x1b" + bare + b"\x1b\\" + bare in run.raw
        assert SENT.findall(run.raw) == [encoded] * (2 if tmux else 1)
    (kept,) = home.clipboard.iterdir()
    assert kept.read_text() == A


async def test_what_is_selected_in_an_entry_is_pasted_and_sent_as_the_settings_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for way, sent in (("auto", 1), ("osc52", 1), ("file", 0), ("off", 0)):
        async with orion(night(), appearance=Appearance(clipboard=way)) as drive:
            drive.app.terminal_clipboard = Clipboard(reached=True)
            written: list[str] = []
            send: Callable[[str], bool] = lambda sequence, to=written: to.append(sequence) is None  # noqa: E731
            monkeypatch.setattr(drive.app, "_send", send)
            drive.app.copy_to_clipboard("some words")
            assert drive.app.clipboard == "some words"
            assert len(written) == sent
