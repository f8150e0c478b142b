"""Promotion from the app: every check in view, a PIN that is never shown, a result, and the way back."""

import attrs
import pytest

from orion_tui.base.errors import ConflictError
from orion_tui.bridge.promotion_port import AuthView
from orion_tui.screens.credential import Asked
from orion_tui.screens.diff import DiffScreen
from orion_tui.screens.promote import PromoteScreen, Stage
from orion_tui.widgets.secret_field import SecretField
from tests.support.screens.drive import Drive, orion
from tests.support.screens.night import night
from tests.support.screens.rows import GONE, SHOP
from tests.support.screens.world import World

pytestmark = pytest.mark.unit

CHOICES = (
    ("passphrase", "An encrypted file; its passphrase is asked for after every start."),
    ("machine-key", "An encrypted file. It does not survive a stolen disk or backup."),
)


def _screen(drive: Drive) -> PromoteScreen:
    screen = drive.screen
    assert isinstance(screen, PromoteScreen)
    return screen


async def _gate(drive: Drive) -> None:
    drive.app.open_promotion(SHOP)
    await drive.until(lambda: _screen(drive).stage is Stage.REPORT)
    await drive.shows("gate")


async def _asked(drive: Drive, what: Asked) -> None:
    await drive.until(lambda: _screen(drive).panel.asked is what, what.value)


async def _pin(drive: Drive, digits: str) -> None:
    await drive.press(*digits, "enter")


def _fresh(vault: str = "") -> World:
    world = night()
    world.auth = AuthView(methods=(), locked_until=None, vault=vault, choices=CHOICES)
    return world


async def test_the_report_lists_every_check_and_what_happens() -> None:
    async with orion(night()) as drive:
        await _gate(drive)
        for fact in (
            "✓ APPROVED",
            "⚑ look twice  Implement exponential back-off: its check was changed by the same task",
            "✓ secrets",
            "✓ write limits",
            "✓ scope",
            "✓ special paths",
            "✓ conflicts",
            "main → merge commit on top of 4f1e2a9c4f",
            f"orion-pre-promote/{SHOP}",
            f"orion-post-promote/{SHOP}",
            "client/old_retry.py",
            "notes.txt has uncommitted changes of yours: it stays as it is",
        ):
            assert fact in drive.text, fact


async def test_what_the_gate_blocks_cannot_go_on() -> None:
    world = night()
    world.blocked = True
    async with orion(world) as drive:
        await _gate(drive)
        assert "■ BLOCKED" in drive.text
        assert "config/dev.env:3 AWS access key id AKIA...7Q" in drive.text
        assert "✓ scope" in drive.text
        assert "Enter" not in drive.lines[-1]
        await drive.press("enter")
        assert "The gate blocks this" in drive.said
        assert _screen(drive).stage is Stage.REPORT


async def test_the_right_pin_promotes_and_is_never_on_the_screen() -> None:
    async with orion(night()) as drive:
        await _gate(drive)
        await drive.press("enter")
        await _asked(drive, Asked.PIN)
        seen = ""
        for digit in "271828":
            await drive.press(digit)
            seen += drive.text
        assert "●●●●●●" in seen
        assert "271828" not in seen
        await drive.press("enter")
        await drive.shows("✓ promoted")
        assert "c0ffee12" * 5 in drive.text
        assert f"orion-post-promote/{SHOP}" in drive.text
        assert ("promote", SHOP) in drive.world.calls


async def test_a_wrong_pin_says_how_many_tries_are_left_and_then_locks() -> None:
    async with orion(night()) as drive:
        await _gate(drive)
        await drive.press("enter")
        await _asked(drive, Asked.PIN)
        for left in (4, 3, 2, 1):
            await _pin(drive, "000000")
            await drive.shows(f"{left} tries left")
        await _pin(drive, "000000")
        await drive.shows("locked until 03:17")
        assert "a right PIN is refused too" in drive.text
        await _pin(drive, "271828")
        await drive.pilot.pause(0.02)
        assert "✓ promoted" not in drive.text


async def test_esc_from_the_pin_goes_back_to_the_report_and_forgets() -> None:
    async with orion(night()) as drive:
        await _gate(drive)
        await drive.press("enter")
        await _asked(drive, Asked.PIN)
        await drive.press("2", "7", "escape")
        await drive.until(lambda: _screen(drive).stage is Stage.REPORT)
        await drive.press("enter")
        await _asked(drive, Asked.PIN)
        assert drive.widget("#secret", SecretField).typed == 0
        assert not any(call[0] == "promote" for call in drive.world.calls)


async def test_digits_at_the_choice_of_a_vault_go_nowhere_and_say_what_is_asked() -> None:
    async with orion(_fresh()) as drive:
        await _gate(drive)
        await drive.press("enter")
        await _asked(drive, Asked.VAULT)
        await drive.press("1", "2", "3")
        assert isinstance(drive.screen, PromoteScreen)
        assert "First where the PIN is kept" in drive.said
        await drive.press("enter")
        await _asked(drive, Asked.NEW_PASSPHRASE)


async def test_a_pin_typed_before_it_is_asked_for_is_not_lost() -> None:
    async with orion(night()) as drive:
        await _gate(drive)
        screen = _screen(drive)
        with drive.world.lock:  # the answer about the credentials has to wait
            await drive.press("enter", "2", "7", "1")
            assert drive.screen is screen
        await _asked(drive, Asked.PIN)
        await drive.press("8", "2", "8", "enter")
        await drive.shows("✓ promoted")


async def test_keys_of_the_app_are_digits_in_the_pin() -> None:
    async with orion(night()) as drive:
        await _gate(drive)
        await drive.press("enter")
        await _asked(drive, Asked.PIN)
        await drive.press("1", "2", "3", "q", "j", "question_mark")
        assert drive.widget("#secret", SecretField).typed == 3
        assert _screen(drive).stage is Stage.CREDENTIAL


async def test_what_is_typed_while_the_pin_is_checked_leads_nowhere() -> None:
    async with orion(night()) as drive:
        await _gate(drive)
        screen = _screen(drive)
        await drive.press("enter")
        await _asked(drive, Asked.PIN)
        with drive.world.lock:  # the check takes its time
            await _pin(drive, "111111")
            await drive.until(lambda: screen.stage is Stage.WORKING)
            await drive.press("2", "3", "w", "question_mark")
            assert drive.screen is screen
        await drive.until(lambda: screen.stage is Stage.CREDENTIAL)
        assert drive.widget("#secret", SecretField).typed == 0


async def test_a_pin_takes_at_most_eight_digits_and_backspace() -> None:
    async with orion(night()) as drive:
        await _gate(drive)
        await drive.press("enter")
        await _asked(drive, Asked.PIN)
        field = drive.widget("#secret", SecretField)
        await drive.press(*"123456789")
        assert field.typed == 8
        await drive.press("backspace")
        assert field.typed == 7
        await drive.press("ctrl+u")
        assert field.typed == 0


async def test_first_pin_is_set_in_place_with_a_keychain() -> None:
    async with orion(_fresh("keychain")) as drive:
        await _gate(drive)
        await drive.press("enter")
        await _asked(drive, Asked.NEW_PIN)
        await _pin(drive, "12345")
        await drive.shows("6 to 8 digits")
        await _pin(drive, "314159")
        await _asked(drive, Asked.PIN_AGAIN)
        await _pin(drive, "314158")
        await drive.shows("not the same")
        await _pin(drive, "314159")
        await _asked(drive, Asked.PIN_AGAIN)
        await _pin(drive, "314159")
        await drive.called("enroll", "keychain", False)
        await drive.shows("✓ promoted")


async def test_without_a_keychain_the_person_chooses_and_is_warned() -> None:
    async with orion(_fresh()) as drive:
        await _gate(drive)
        await drive.press("enter")
        await _asked(drive, Asked.VAULT)
        await drive.shows("does not survive a stolen disk")
        assert "no keychain that serves" in drive.text
        await drive.press("j", "enter")
        await _asked(drive, Asked.NEW_PIN)
        await _pin(drive, "314159")
        await _asked(drive, Asked.PIN_AGAIN)
        await _pin(drive, "314159")
        await drive.called("enroll", "machine-key", False)
        await drive.shows("✓ promoted")


async def test_a_passphrase_is_asked_twice_before_the_pin() -> None:
    async with orion(_fresh(), size=(80, 24)) as drive:
        await _gate(drive)
        await drive.press("enter")
        await _asked(drive, Asked.VAULT)
        await drive.press("enter")
        await _asked(drive, Asked.NEW_PASSPHRASE)
        await drive.press(*"short", "enter")
        await drive.shows("at least 8 characters")
        await drive.press(*"long enough q", "enter")
        await _asked(drive, Asked.PASSPHRASE_AGAIN)
        await drive.press(*"long enough q", "enter")
        await _asked(drive, Asked.NEW_PIN)
        assert "long enough" not in drive.text
        await _pin(drive, "314159")
        await _asked(drive, Asked.PIN_AGAIN)
        await _pin(drive, "314159")
        await drive.called("enroll", "passphrase", True)


async def test_a_locked_vault_is_opened_first() -> None:
    world = night()
    world.auth = attrs.evolve(world.auth, vault="passphrase", needs_passphrase=True)
    async with orion(world) as drive:
        await _gate(drive)
        await drive.press("enter")
        await _asked(drive, Asked.PASSPHRASE)
        await drive.press(*"open sesame", "enter")
        await drive.called("unlock")
        await _asked(drive, Asked.PIN)


async def test_a_refusal_after_the_pin_names_its_reasons_and_changes_nothing() -> None:
    world = night()
    world.errors["promote"] = ConflictError(
        "2 files of yours would be touched", problems=("notes.txt", "client/retry.py"), hint="commit them first"
    )
    async with orion(world) as drive:
        await _gate(drive)
        await drive.press("enter")
        await _asked(drive, Asked.PIN)
        await _pin(drive, "271828")
        await drive.shows("2 files of yours would be touched")
        assert "client/retry.py" in drive.text
        assert "commit them first" in drive.text
        assert "Nothing was changed." in drive.text


async def test_special_paths_are_allowed_by_name_before_it_goes_on() -> None:
    world = night()
    world.special = (".github/workflows/build.yml", ".gitattributes")
    async with orion(world, size=(80, 24)) as drive:
        await _gate(drive)
        await drive.shows("[ ] .gitattributes")
        await drive.press("enter")
        assert _screen(drive).stage is Stage.REPORT
        await drive.press("space")
        await drive.called("preview", SHOP, ".github/workflows/build.yml")
        await drive.press("j", "space")
        await drive.called("preview", SHOP, ".github/workflows/build.yml", ".gitattributes")
        await drive.shows("[✓] .gitattributes")
        await drive.shows("APPROVED")
        await drive.press("space")
        await drive.shows("BLOCKED")
        await drive.press("space")
        await drive.shows("APPROVED")
        await drive.press("enter")
        await _asked(drive, Asked.PIN)


async def test_u_takes_back_what_was_just_promoted() -> None:
    async with orion(night()) as drive:
        await _gate(drive)
        await drive.press("enter")
        await _asked(drive, Asked.PIN)
        await _pin(drive, "271828")
        await drive.shows("✓ promoted")
        await drive.press("u")
        await drive.shows("a revert commit on top of the branch as it is")
        await _asked(drive, Asked.PIN)
        await _pin(drive, "271828")
        await drive.shows("↺ undone")
        assert "beef0042" * 5 in drive.text


async def test_undo_of_an_older_promotion_starts_from_anywhere() -> None:
    async with orion(night(), session=GONE) as drive:
        await drive.shows("promoted")
        await drive.press("u")
        await drive.until(lambda: isinstance(drive.screen, PromoteScreen))
        await _asked(drive, Asked.PIN)
        assert "Fix the flaky clock test" in drive.text
        await _pin(drive, "271828")
        await drive.called("undo", GONE)


async def test_an_undo_that_cannot_be_done_says_why_and_asks_for_nothing() -> None:
    world = night()
    world.blocked = True
    async with orion(world, session=GONE) as drive:
        await drive.shows("promoted")
        await drive.press("u")
        await drive.shows("later commits changed the same lines")
        assert "src/clock.py" in drive.text
        assert "Your PIN" not in drive.text
        await drive.press("escape")
        await drive.until(lambda: not isinstance(drive.screen, PromoteScreen))
        assert not [call for call in drive.world.calls if call[0] == "undo"]


async def test_undo_that_is_left_at_the_credential_does_nothing() -> None:
    async with orion(night(), session=GONE) as drive:
        await drive.shows("promoted")
        before = type(drive.screen)
        await drive.press("u")
        await _asked(drive, Asked.PIN)
        await drive.press("2", "7", "escape")
        await drive.until(lambda: type(drive.screen) is before)
        assert not [call for call in drive.world.calls if call[0] == "undo"]


async def test_the_diff_is_one_key_away_from_the_report() -> None:
    async with orion(night()) as drive:
        await _gate(drive)
        await drive.press("d")
        await drive.until(lambda: isinstance(drive.screen, DiffScreen))
        await drive.press("escape")
        await drive.until(lambda: isinstance(drive.screen, PromoteScreen))
        assert "✓ APPROVED" in drive.text


def test_a_message_gives_its_secret_once_and_shows_it_never() -> None:
    message = SecretField.Submitted("271828")
    assert "271828" not in repr(message)
    assert message.take() == "271828"
    assert message.take() == ""
