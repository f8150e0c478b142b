"""Keys on their way to the supervisor: private, all or none, and nothing that is said there can harm it."""

import contextlib
import json
import logging
import os
import socket
import stat
import struct
import subprocess
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from orion_tui.base.errors import StateError, UsageError
from orion_tui.base.paths import OrionHome
from orion_tui.core.agent.keys import Key, Keys, KeySource
from orion_tui.core.agent.providers import TABLE
from orion_tui.core.session import handover, socket_address
from orion_tui.core.session.handover import AT_A_TIME, MOST, NAME, Handover
from tests.support.models import made_up_key

pytestmark = pytest.mark.unit

_VALUE = made_up_key("sk-handed")


def _key(value: str = _VALUE) -> Key:
    return Key(value=value, source=KeySource.ENVIRONMENT, place="ANTHROPIC_API_KEY")


@contextmanager
def _listening(home: OrionHome, keys: Keys | None = None, *, patience: float = 60.0) -> Generator[Keys]:
    keys = keys or Keys(home, {})
    end = Handover(home.run, keys, patience=patience)
    try:
        yield keys
    finally:
        end.close()


@contextmanager
def _connected(home: OrionHome) -> Generator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as end:
        end.settimeout(60)
        with socket_address.address(home.run, NAME) as address:
            end.connect(address)
        yield end


def _frame(body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + body


def _said(home: OrionHome, *pieces: bytes) -> bytes:
    """What is answered to those bytes, to the end of the connection; nothing where it is just closed."""
    with _connected(home) as end:
        answer = b""
        # It may be closed before all of it was read.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for piece in pieces:
                end.sendall(piece)
            while more := end.recv(65536):
                answer += more
        return answer


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


def test_a_key_is_in_memory_when_the_answer_is_there(orion_home: OrionHome, log: pytest.LogCaptureFixture) -> None:
    with _listening(orion_home) as keys:
        handover.hand_over(orion_home, {"anthropic": _key(), "openai": _key("sk-other")})
        found = keys.find(TABLE["anthropic"])
        assert found is not None
        assert (found.value, found.source) == (_VALUE, KeySource.HANDED)
        assert handover.handed(orion_home) == keys.handed() == {"anthropic", "openai"}
        assert _VALUE not in repr(keys) + repr(found) + str(found)
    assert "anthropic" in log.text
    assert _VALUE not in log.text


def test_only_names_are_ever_answered(orion_home: OrionHome) -> None:
    with _listening(orion_home):
        handover.hand_over(orion_home, {"anthropic": _key()})
        answer = _said(orion_home, _frame(b'{"keys": {}}'))
    assert json.loads(answer[4:]) == {"handed": ["anthropic"]}


def test_a_key_can_be_replaced_and_taken_back(orion_home: OrionHome) -> None:
    with _listening(orion_home) as keys:
        handover.hand_over(orion_home, {"anthropic": _key("sk-first")})
        handover.hand_over(orion_home, {"anthropic": _key()})
        found = keys.find(TABLE["anthropic"])
        assert found is not None
        assert found.value == _VALUE
        handover.take_back(orion_home, "anthropic")
        handover.take_back(orion_home, "anthropic")
        assert keys.find(TABLE["anthropic"]) is None
        assert handover.handed(orion_home) == frozenset()


def test_of_several_keys_all_are_taken_or_none(orion_home: OrionHome) -> None:
    with _listening(orion_home) as keys:
        with pytest.raises(StateError, match="the key handed over for openai is no key") as error:
            handover.hand_over(orion_home, {"anthropic": _key(), "openai": _key("two words")})
        assert keys.handed() == frozenset()
    assert "two words" not in str(error.value)
    assert error.value.hint


def test_there_is_an_end_to_how_many_are_kept(orion_home: OrionHome) -> None:
    with _listening(orion_home) as keys:
        with pytest.raises(StateError, match="more than 64 providers"):
            handover.hand_over(orion_home, {f"box{number}": _key() for number in range(65)})
        handover.hand_over(orion_home, {f"box{number}": _key() for number in range(64)})
        assert len(keys.handed()) == 64


def test_only_its_owner_can_reach_it(orion_home: OrionHome) -> None:
    with _listening(orion_home):
        status = (orion_home.run / NAME).lstat()
        assert stat.S_ISSOCK(status.st_mode)
        assert stat.S_IMODE(status.st_mode) == 0o600
        assert stat.S_IMODE(orion_home.run.stat().st_mode) == 0o700


def test_a_process_of_another_user_is_not_listened_to(orion_home: OrionHome, log: pytest.LogCaptureFixture) -> None:
    keys = Keys(orion_home, {})
    end = Handover(orion_home.run, keys, uid=os.geteuid() + 1)
    try:
        with pytest.raises(StateError):
            handover.hand_over(orion_home, {"anthropic": _key()}, wait=0)
        assert keys.handed() == frozenset()
    finally:
        end.close()
    assert "another user" in log.text
    assert _VALUE not in log.text


_PYTHON = Path("/usr/bin/python3")
_CALL = """
import socket, struct
end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
end.settimeout(60)
end.connect("keys.sock")
try:
    body = b'{"keys": {"anthropic": "sk-theirs"}}'
    end.sendall(struct.pack(">I", len(body)) + body)
    print(len(end.recv(100)))
except ConnectionError:
    print(0)
"""


@pytest.mark.skipif(os.geteuid() != 0 or not _PYTHON.exists(), reason="only root can become somebody else")
def test_somebody_else_who_got_at_the_socket_is_not_listened_to(tmp_path: Path, log: pytest.LogCaptureFixture) -> None:
    home = OrionHome(tmp_path / "home")
    home.prepare()
    with _listening(home) as keys:
        home.run.chmod(0o711)
        (home.run / NAME).chmod(0o666)
        done = subprocess.run(
            [_PYTHON, "-IS", "-c", _CALL],
            cwd=home.run,
            user=65534,
            group=65534,
            extra_groups=[],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout == "0\n", done.stderr
        assert keys.handed() == frozenset()
    assert "another user" in log.text


def test_a_key_is_not_given_to_a_listener_of_another_user(
    orion_home: OrionHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = os.geteuid()
    with _listening(orion_home) as keys:
        monkeypatch.setattr(os, "geteuid", lambda: theirs + 1)
        with pytest.raises(StateError, match="is not your supervisor"):
            handover.hand_over(orion_home, {"anthropic": _key()}, wait=0)
        monkeypatch.undo()
        assert keys.handed() == frozenset()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"not json",
        b"\xff\xfe",
        b'{"keys": []}',
        b'{"keys": {"anthropic": 7}}',
        b'{"keys": {"anthropic": ["x"]}}',
        b'{"keys": {"An/thropic": "x"}}',
        b'{"keys": {"": "x"}}',
        b'{"keys": {}, "more": 1}',
        pytest.param(b'{"keys": ' * 7_000, id="deep"),
        pytest.param(b"[" * 60_000, id="deeper"),
    ],
)
def test_garbage_is_hung_up_on_and_changes_nothing(
    orion_home: OrionHome, body: bytes, log: pytest.LogCaptureFixture
) -> None:
    with _listening(orion_home) as keys:
        assert _said(orion_home, _frame(body)) == b""
        assert keys.handed() == frozenset()
        handover.hand_over(orion_home, {"anthropic": _key()})
        assert keys.handed() == {"anthropic"}
    assert "it is no request" in log.text
    assert len(log.text) < 2_000, "what was sent is not repeated"


def test_what_was_sent_by_mistake_is_not_logged(orion_home: OrionHome, log: pytest.LogCaptureFixture) -> None:
    with _listening(orion_home):
        assert _said(orion_home, _frame(f'{{"keys": {{"anthropic": "{_VALUE}", "x": 1}}}}'.encode())) == b""
        assert _said(orion_home, f'{{"anthropic": "{_VALUE}"}}'.encode()) == b""
    assert "is no key" in log.text
    assert _VALUE not in log.text


def test_a_frame_that_is_too_long_is_hung_up_on_unread(orion_home: OrionHome, log: pytest.LogCaptureFixture) -> None:
    with _listening(orion_home) as keys:
        assert _said(orion_home, struct.pack(">I", MOST + 1)) == b""
        assert _said(orion_home, _frame(b'{"keys": {}}') + b"and more") == b""
        handover.hand_over(orion_home, {"anthropic": _key()})
        assert keys.handed() == {"anthropic"}
    assert "it is too long" in log.text


def test_a_slow_one_is_hung_up_on_and_keeps_nobody_out(orion_home: OrionHome, log: pytest.LogCaptureFixture) -> None:
    with _listening(orion_home, patience=0.2) as keys, contextlib.ExitStack() as stack:
        slow = [stack.enter_context(_connected(orion_home)) for _ in range(AT_A_TIME + 2)]
        slow[0].sendall(_frame(b'{"keys": {}}')[:9])
        handover.hand_over(orion_home, {"anthropic": _key()})
        assert keys.handed() == {"anthropic"}
        assert slow[0].recv(10) == b""
    assert "too slow" in log.text


def test_no_more_than_a_few_are_listened_to_at_a_time(orion_home: OrionHome) -> None:
    with _listening(orion_home), contextlib.ExitStack() as stack:
        ends = [stack.enter_context(_connected(orion_home)) for _ in range(AT_A_TIME)]
        last = stack.enter_context(_connected(orion_home))
        last.sendall(_frame(b'{"keys": {}}'))
        last.settimeout(0.3)
        with pytest.raises(TimeoutError):
            last.recv(1)
        ends[0].close()
        last.settimeout(60)
        assert last.recv(100).endswith(b'{"handed": []}')


def test_one_that_hangs_up_in_the_middle_costs_nothing(orion_home: OrionHome) -> None:
    with _listening(orion_home) as keys:
        for _ in range(3 * AT_A_TIME):
            with _connected(orion_home) as end:
                end.sendall(b"\x00\x00")
        handover.hand_over(orion_home, {"anthropic": _key()})
        assert keys.handed() == {"anthropic"}


def test_many_at_once_all_get_through(orion_home: OrionHome) -> None:
    with _listening(orion_home) as keys:
        threads = [
            threading.Thread(target=handover.hand_over, args=(orion_home, {f"box{number}": _key()}))
            for number in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert keys.handed() == {f"box{number}" for number in range(20)}


def test_where_nobody_listens_it_is_said_what_to_do(orion_home: OrionHome) -> None:
    with pytest.raises(StateError, match="no supervisor takes keys") as error:
        handover.hand_over(orion_home, {"anthropic": _key()}, wait=0)
    assert "orion daemon start" in error.value.hint
    assert _VALUE not in str(error.value)
    with _listening(orion_home):
        pass
    with pytest.raises(StateError, match="no supervisor takes keys"):
        handover.take_back(orion_home, "anthropic")
    assert handover.handed(orion_home) == frozenset()


def test_a_supervisor_that_is_just_starting_is_waited_for(orion_home: OrionHome) -> None:
    thread = threading.Thread(target=handover.hand_over, args=(orion_home, {"anthropic": _key()}))
    thread.start()
    with _listening(orion_home) as keys:
        thread.join()
        assert keys.handed() == {"anthropic"}


def test_one_that_makes_room_listens_no_more_and_its_successor_does(orion_home: OrionHome) -> None:
    old, new = Keys(orion_home, {}), Keys(orion_home, {})
    leaving = Handover(orion_home.run, old)
    leaving.turn_away()
    thread = threading.Thread(target=handover.hand_over, args=(orion_home, {"anthropic": _key()}))
    thread.start()
    leaving.close()
    with _listening(orion_home, new):
        thread.join()
    assert (old.handed(), new.handed()) == (frozenset(), {"anthropic"})


def test_one_that_was_hung_up_on_by_an_ending_supervisor_tries_the_next(orion_home: OrionHome) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as ending:
        socket_address.bind(ending, orion_home.run, NAME)
        ending.listen(1)
        thread = threading.Thread(target=handover.hand_over, args=(orion_home, {"anthropic": _key()}))
        thread.start()
        ending.accept()[0].close()
    with _listening(orion_home) as keys:
        thread.join()
        assert keys.handed() == {"anthropic"}


def test_more_than_a_frame_holds_is_told_at_once(orion_home: OrionHome) -> None:
    with _listening(orion_home), pytest.raises(StateError, match="too many keys, or too long ones"):
        handover.hand_over(orion_home, {f"box{number}": _key("x" * 4000) for number in range(20)})


def test_a_path_too_long_for_a_socket_address_serves_as_well(tmp_path: Path) -> None:
    home = OrionHome(tmp_path / ("d" * 120))
    home.prepare()
    with _listening(home):
        handover.hand_over(home, {"anthropic": _key()})
        assert handover.handed(home) == {"anthropic"}


def test_where_no_socket_can_be_made_everything_else_goes_on(tmp_path: Path, log: pytest.LogCaptureFixture) -> None:
    Handover(tmp_path / "not there", Keys(OrionHome(tmp_path), {})).close()
    assert "no key can be handed over" in log.text


def test_what_cannot_be_a_key_is_not_kept(orion_home: OrionHome) -> None:
    keys = Keys(orion_home, {})
    with pytest.raises(UsageError):
        keys.hand_over("anthropic", "two words")
    assert keys.handed() == frozenset()
