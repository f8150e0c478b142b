import pytest
from hypothesis import given
from hypothesis import strategies as st

from orion_tui.core.auth import lockout
from orion_tui.core.auth.lockout import Attempt, Moment
from orion_tui.core.store import Store, counters
from orion_tui.core.store.counters import Counter

pytestmark = pytest.mark.unit

KEY = "pin:abc"
BOOT = "boot-one"


def at(seconds: float, *, boot: str = BOOT, wall: float = 0.0) -> Moment:
    return Moment(since_boot=seconds, wall=1_750_000_000.0 + wall, boot=boot)


def begin(store: Store, now: Moment) -> Attempt:
    return store.transact(lambda tx: lockout.begin(tx, KEY, now))


def counter(store: Store) -> Counter:
    found = counters.get(store.reader(), KEY)
    assert found is not None
    return found


@pytest.fixture
def enrolled(store: Store) -> Store:
    store.transact(lambda tx: counters.save(tx, lockout.fresh(KEY)))
    return store


def use_up(store: Store, now: Moment) -> list[int]:
    return [begin(store, now).left for _ in range(lockout.ATTEMPTS)]


def test_five_attempts_are_granted_and_the_sixth_is_locked_out(enrolled: Store) -> None:
    assert use_up(enrolled, at(100)) == [4, 3, 2, 1, 0]
    sixth = begin(enrolled, at(100))
    assert not sixth.granted
    assert sixth.locked_seconds == 300


def test_a_refused_attempt_does_not_lengthen_the_lock(enrolled: Store) -> None:
    use_up(enrolled, at(100))
    for second in range(100, 399, 13):
        assert not begin(enrolled, at(second)).granted
    assert begin(enrolled, at(400)).granted


def test_each_lock_is_twice_as_long_up_to_an_hour(enrolled: Store) -> None:
    now, lengths = 100.0, list[float]()
    for _ in range(7):
        use_up(enrolled, at(now))
        lengths.append(begin(enrolled, at(now)).locked_seconds)
        now += lengths[-1]
    assert [length / 60 for length in lengths] == [5, 10, 20, 40, 60, 60, 60]


def test_being_right_forgets_the_wrong_ones_and_the_locks(enrolled: Store) -> None:
    use_up(enrolled, at(100))
    begin(enrolled, at(400))
    enrolled.transact(lambda tx: lockout.succeed(tx, KEY))
    assert use_up(enrolled, at(401)) == [4, 3, 2, 1, 0]
    assert begin(enrolled, at(401)).locked_seconds == 300, "the first lock again"


def test_being_right_with_the_last_attempt_lifts_the_lock_that_came_with_it(enrolled: Store) -> None:
    use_up(enrolled, at(100))
    enrolled.transact(lambda tx: lockout.succeed(tx, KEY))
    assert begin(enrolled, at(100)).granted


def test_setting_the_wall_clock_changes_nothing(enrolled: Store) -> None:
    use_up(enrolled, at(100))
    for step in (-1e9, -86_400, 86_400, 1e9):
        assert begin(enrolled, at(101, wall=step)).locked_seconds == 299


def test_after_a_reboot_the_whole_lock_runs_again_from_boot(enrolled: Store) -> None:
    use_up(enrolled, at(50_000))
    assert begin(enrolled, at(20, boot="boot-two", wall=9e9)).locked_seconds == 280
    assert begin(enrolled, at(299, boot="boot-two")).locked_seconds == 1
    assert begin(enrolled, at(300, boot="boot-two")).granted


def test_a_reboot_is_noticed_where_the_system_names_no_boot(enrolled: Store) -> None:
    use_up(enrolled, at(50_000, boot=""))
    assert begin(enrolled, at(20, boot="")).locked_seconds == 280


def test_a_finished_lock_does_not_come_back_with_a_reboot(enrolled: Store) -> None:
    use_up(enrolled, at(100))
    assert begin(enrolled, at(500)).granted
    assert begin(enrolled, at(1, boot="boot-two")).granted


def test_a_missing_counter_is_locked_for_the_longest_period_then_starts_afresh(store: Store) -> None:
    first = begin(store, at(100))
    assert (first.granted, first.missing, first.locked_seconds) == (False, True, 3600)
    later = begin(store, at(100 + 3599))
    assert (later.granted, later.missing, later.locked_seconds) == (False, False, 1)
    assert use_up(store, at(100 + 3600)) == [4, 3, 2, 1, 0]
    assert begin(store, at(100 + 3600)).locked_seconds == 3600


def test_deleting_the_counter_over_and_over_gains_no_attempt(store: Store) -> None:
    for hour in range(5):
        assert not begin(store, at(hour * 4000.0)).granted
        store.transact(lambda tx: counters.delete(tx, KEY))


def test_a_counter_of_another_credential_does_not_count(enrolled: Store) -> None:
    assert enrolled.transact(lambda tx: lockout.begin(tx, "pin:other", at(100))).missing


def test_the_attempt_is_on_disk_before_begin_returns(enrolled: Store) -> None:
    begin(enrolled, at(100))
    with Store.open(enrolled.path) as other:
        assert counter(other).failures == 1


@given(st.lists(st.floats(0, 4000), max_size=60))
def test_no_more_than_five_checks_fit_between_two_locks(pauses: list[float]) -> None:
    row, now, checks, locked_until = lockout.fresh(KEY), 100.0, 0, 0.0
    for pause in pauses:
        now += pause
        row, attempt = lockout.count(row, KEY, at(now))
        assert attempt.granted == (now >= locked_until)
        if attempt.granted:
            checks += 1
            assert attempt.left == lockout.ATTEMPTS - checks
        if attempt.granted and not attempt.left:
            checks, locked_until = 0, now + attempt.locked_seconds


def test_the_lock_is_shown_on_the_wall_clock(enrolled: Store) -> None:
    assert lockout.until(enrolled.reader(), KEY, at(100)) is None
    use_up(enrolled, at(100))
    assert lockout.until(enrolled.reader(), KEY, at(160, wall=60)) == 1_750_000_300.0


def test_this_system_names_its_boot() -> None:
    assert lockout.boot_id() == lockout.boot_id()
    assert lockout.boot_id().strip() == lockout.boot_id()
