"""What a person sees, as pictures: a change in any of them has to be looked at and accepted.

    make pictures      draws all anew, and contact sheets of them into .pictures/, to be looked at before they are kept

Screens are drawn in three sizes and three themes, dialogs in two sizes; one application serves all pictures of a scene,
from the largest on, so that growing smaller is tried as well.
"""

from pathlib import Path

import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion
from textual.strip import Strip

from orion_tui.screens import help as help_screen
from orion_tui.themes import THEMES
from scripts.terminal_svg import NIGHT, Paper, terminal_svg
from tests.snapshots.scenes import SCENES
from tests.support.screens.drive import Drive, orion

pytestmark = pytest.mark.unit

SIZES = ((200, 60), (120, 40), (80, 24))
THEMES_SHOWN = ("dark", "light", "high-contrast")


def draw(drive: Drive) -> str:
    """The screen as it stands."""
    colors = THEMES[drive.app.theme]
    paper = NIGHT if colors.ansi else Paper(foreground=colors.text, background=colors.background, palette=NIGHT.palette)
    return terminal_svg(drive.strips, drive.app.size.width, paper)


async def settled(drive: Drive) -> str:
    """The picture once nothing changes any more."""
    before: list[Strip] = []
    for _ in range(100):
        await drive.pilot.pause()
        now = drive.strips
        if now == before:
            return draw(drive)
        before = now
    raise AssertionError("the screen never came to rest")


@pytest.mark.parametrize("name", list(SCENES))
async def test_looks(name: str, snapshot: SnapshotAssertion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(help_screen, "__version__", "1.2.3")
    scene = SCENES[name]
    pictures = snapshot.use_extension(SVGImageExtension)
    sizes = (scene.size,) if scene.size is not None else SIZES if scene.main else SIZES[1:]
    other: list[str] = []
    async with orion(scene.world(), size=sizes[0]) as drive:
        await scene.way(drive)
        for columns, lines in sizes:
            await drive.pilot.resize_terminal(columns, lines)
            for theme in THEMES_SHOWN if scene.main else THEMES_SHOWN[:1]:
                drive.app.theme = theme
                picture = await settled(drive)
                title = f"{columns}x{lines}-{theme}"
                if picture != pictures(name=title):
                    (tmp_path / f"{name}-{title}.svg").write_text(picture, "utf-8")
                    other.append(title)
    assert not other, f"{name} looks otherwise in {', '.join(other)}: see {tmp_path}"


@pytest.mark.parametrize("name", ["mission", "live", "diff", "plan", "credential", "budget"])
@pytest.mark.parametrize("kind", ["ansi", "plain"])
async def test_looks_on_poor_terminals(
    name: str, kind: str, snapshot: SnapshotAssertion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixteen colours; and none at all, with ASCII signs."""
    if kind == "plain":
        monkeypatch.setenv("NO_COLOR", "1")
    scene = SCENES[name]
    async with orion(scene.world(), size=SIZES[1], theme="ansi", ascii_only=kind == "plain") as drive:
        await scene.way(drive)
        await drive.pilot.resize_terminal(*SIZES[2])
        picture = await settled(drive)
    if picture != snapshot.use_extension(SVGImageExtension):
        (tmp_path / f"{name}-{kind}.svg").write_text(picture, "utf-8")
        pytest.fail(f"{name} looks otherwise: see {tmp_path}")
