"""A person's own keys over the catalogue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.keys import _character_to_key  # pyright: ignore[reportPrivateUsage] - the names must be Textual's own

from orion_tui.base.key_catalogue import BY_ID, CATALOGUE
from orion_tui.base.key_names import canonical, display
from orion_tui.base.own_keys import Keys, own_keys, together

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("character", [chr(code) for code in range(0x21, 0x7F)])
def test_signs_have_the_names_of_the_terminal_layer(character: str) -> None:
    assert canonical(character) == _character_to_key(character)


@pytest.mark.parametrize("key", sorted({name for key in CATALOGUE for name in key.keys.split(",")}))
def test_what_is_shown_of_a_key_can_be_written_back(key: str) -> None:
    assert canonical(display(key)) == key


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("^P", "ctrl+p"),
        ("Ctrl+P", "ctrl+p"),
        ("ESC", "escape"),
        ("PgDn", "pagedown"),
        ("shift+a", "A"),
        ("shift+Up", "shift+up"),
        ("F12", "f12"),
        ("?", "question_mark"),
        ("^", "circumflex_accent"),
        ("é", "é"),
    ],
)
def test_keys_are_understood_as_people_write_them(written: str, name: str) -> None:
    assert canonical(written) == name


@pytest.mark.parametrize("written", ["", " ", "ctrl+", "hyper+x", "f25", "ab", "\x1b", "ctrl+i", "^M", "^[", "\u202e"])
def test_what_no_terminal_sends_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"key|terminal"):
        canonical(written)


def test_wishes_take_the_place_of_the_catalogues_keys() -> None:
    keys, wrong = own_keys({"live.pause": ["space"], "mission.next": ["Tab", "f2"]})
    assert keys.get("live.pause").keys == "space"
    assert keys.get("live.hint").keys == BY_ID["live.hint"].keys
    assert [clash.name for clash in wrong] == ["mission.next"]
    assert "Tab is next pane (pane.next) already" in str(wrong[0])


def test_two_commands_may_change_places() -> None:
    keys, wrong = own_keys({"mission.approve": ["r"], "mission.reject": ["a"]})
    assert not wrong
    assert (keys.get("mission.approve").keys, keys.get("mission.reject").keys) == ("r", "a")


def test_a_wish_that_loses_keeps_its_old_key_and_takes_those_along_that_counted_on_it() -> None:
    # pause would move to b and free p, which hint takes; but b is the budget's, so p is not free.
    keys, wrong = own_keys({"live.pause": ["b"], "live.hint": ["p"]})
    assert {clash.name for clash in wrong} == {"live.pause", "live.hint"}
    assert keys.own == {}


def test_the_same_key_may_mean_another_thing_on_another_screen() -> None:
    assert own_keys({"live.pause": ["o"]})[1] == ()


def test_a_key_that_works_everywhere_must_be_free_on_every_screen() -> None:
    _, wrong = own_keys({"app.work": ["p"]})
    assert "is pause" in str(wrong[0])


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        ({"live.paus": ["b"]}, "do you mean live.pause"),
        ({"nothing.like.it": ["b"]}, "no such command"),
        ({"live.pause": []}, "could not be reached"),
        ({"live.pause": ["z", "z"]}, "twice"),
        ({"live.pause": list("zyvXY")}, "4 at the most"),
    ],
)
def test_what_is_wrong_with_a_wish_is_said(wishes: dict[str, list[str]], said: str) -> None:
    keys, wrong = own_keys(wishes)
    assert keys.own == {}
    assert said in str(wrong[0])


@given(
    st.dictionaries(
        st.sampled_from(sorted(BY_ID)),
        st.lists(st.sampled_from([*"abcdefgnpqruwxzAPR/?1", "tab", "f2", "enter", "escape"]), min_size=1, max_size=2),
        max_size=6,
    )
)
def test_whatever_is_wished_no_key_runs_two_commands_that_it_did_not_before(wishes: dict[str, list[str]]) -> None:
    keys, _ = own_keys(wishes)

    def shared(used: Keys) -> set[tuple[str, str, str, str]]:
        found: set[tuple[str, str, str, str]] = set()
        for view in {key.view for key in CATALOGUE}:
            holders: dict[str, str] = {}
            for name in together(view):
                for key in used.view(name):
                    for each in key.keys.split(","):
                        if (other := holders.setdefault(each, key.id)) != key.id:
                            found.add((view, each, *sorted((other, key.id))))  # pyright: ignore[reportArgumentType]
        return found

    assert shared(keys) <= shared(Keys())
