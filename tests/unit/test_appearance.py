"""What settings.yaml says of looks and keys, read before the first picture."""

import subprocess
import sys
from pathlib import Path

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core import appearance, settings
from orion_tui.core.appearance import Appearance

pytestmark = pytest.mark.unit


def _written(tmp_path: Path, text: str) -> OrionHome:
    home = OrionHome(tmp_path / "home")
    home.prepare()
    path = home.root / "settings.yaml"
    path.write_text(text)
    path.chmod(0o600)
    return home


def test_without_a_file_everything_is_as_it_comes(tmp_path: Path) -> None:
    assert appearance.load(OrionHome(tmp_path / "none")) == (Appearance(), ())


def test_looks_and_keys_are_read(tmp_path: Path) -> None:
    home = _written(
        tmp_path,
        "sessions: {running: 2}\nui: {theme: light, ascii: true, bell: false, mouse: false}\n"
        "keys:\n  live.pause: space\n  app.mission: [1, f1]\n",
    )
    found, wrong = appearance.load(home)
    assert wrong == ()
    assert found == Appearance(
        theme="light",
        ascii=True,
        bell=False,
        mouse=False,
        wishes={"live.pause": ("space",), "app.mission": ("1", "f1")},
    )
    assert settings.load(home).appearance == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ui: {theme: pink}\n", "settings.yaml:1:13: must be one of dark, light, high-contrast, ansi"),
        ("ui: {bell: loud}\n", "true or false"),
        ("ui: {sound: on}\n", "sound"),
        ("ui: {clipboard: sometimes}\n", "settings.yaml:1:17: must be one of auto, osc52, file, off"),
        ("ui: {clipboard: []}\n", "must be one of auto, osc52, file, off"),
        ("ui: 3\n", "expected a mapping"),
        ("keys:\n  live.pause: {}\n", "settings.yaml:2:15: expected a key, or a list of keys"),
        ("keys:\n  live.pause: [a, []]\n", "a list of keys"),
        ("ui: [\n", "settings.yaml"),
    ],
)
def test_what_is_wrong_is_said_and_the_rest_holds(tmp_path: Path, text: str, said: str) -> None:
    found, wrong = appearance.load(_written(tmp_path, text))
    assert any(said in line for line in wrong), wrong
    assert found.theme is None
    assert found.keys()[0].own == {} or "live.pause" not in found.keys()[0].own


@pytest.mark.parametrize("way", appearance.CLIPBOARD)
def test_every_way_to_copy_can_be_written_bare(tmp_path: Path, way: str) -> None:
    found, wrong = appearance.load(_written(tmp_path, f"ui: {{clipboard: {way}}}\n"))
    assert (found.clipboard, wrong) == (way, ())


def test_one_wrong_value_costs_no_other(tmp_path: Path) -> None:
    found, wrong = appearance.load(_written(tmp_path, "ui: {theme: pink, mouse: false}\nkeys: {live.pause: space}\n"))
    assert len(wrong) == 1
    assert not found.mouse
    assert found.keys()[0].own == {"live.pause": "space"}


def test_a_file_about_other_things_loads_no_yaml(tmp_path: Path) -> None:
    home = _written(tmp_path, "model: {default: openai/x}\n")
    code = (
        "import sys; from pathlib import Path; from orion_tui.base.paths import OrionHome;"
        "from orion_tui.core import appearance; appearance.load(OrionHome(Path(sys.argv[1])));"
        "print('yaml' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(home.root)], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
