"""The doorbell: private, deaf to what is said, and never a reason to lose work."""

import os
import socket
import stat
import threading
from pathlib import Path

import pytest

from orion_tui.base.paths import OrionHome
from orion_tui.core.session import doorbell
from orion_tui.core.session.doorbell import NAME, Doorbell

pytestmark = pytest.mark.unit


def test_a_ring_from_outside_ends_the_wait(orion_home: OrionHome) -> None:
    bell = Doorbell(orion_home.run)
    try:
        assert not bell.wait(0)
        assert doorbell.ring(orion_home)
        assert bell.wait(30)
        assert not bell.wait(0), "once is enough"
    finally:
        bell.close()


def test_a_ring_from_another_thread_ends_the_wait() -> None:
    bell = Doorbell()
    thread = threading.Thread(target=bell.ring)
    thread.start()
    assert bell.wait(30)
    thread.join()
    bell.close()
    bell.ring()  # nobody waits any more, and nothing happens


def test_only_its_owner_can_reach_it(orion_home: OrionHome) -> None:
    bell = Doorbell(orion_home.run)
    try:
        status = (orion_home.run / NAME).lstat()
        assert stat.S_ISSOCK(status.st_mode)
        assert stat.S_IMODE(status.st_mode) == 0o600
        assert stat.S_IMODE(orion_home.run.stat().st_mode) == 0o700
    finally:
        bell.close()


def test_where_nobody_listens_a_ring_says_so(orion_home: OrionHome) -> None:
    assert not doorbell.ring(orion_home)
    Doorbell(orion_home.run).close()
    assert not doorbell.ring(orion_home), "the socket of a supervisor that ended"


def test_what_a_dead_supervisor_left_is_replaced(orion_home: OrionHome) -> None:
    Doorbell(orion_home.run).close()
    assert (orion_home.run / NAME).exists()
    bell = Doorbell(orion_home.run)
    try:
        assert doorbell.ring(orion_home)
        assert bell.wait(30)
    finally:
        bell.close()


def test_a_flood_of_anything_neither_blocks_nor_is_read_as_anything(orion_home: OrionHome) -> None:
    bell = Doorbell(orion_home.run)
    try:
        for _ in range(2_000):
            doorbell.ring(orion_home)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.setblocking(False)
            bell.wait(30)
            end.sendto(os.urandom(60_000), str(orion_home.run / NAME))
        assert bell.wait(30)
        assert not bell.wait(0)
    finally:
        bell.close()


def test_a_path_too_long_for_a_socket_address_serves_as_well(tmp_path: Path) -> None:
    home = OrionHome(tmp_path / ("d" * 120))
    home.prepare()
    bell = Doorbell(home.run)
    try:
        assert doorbell.ring(home)
        assert bell.wait(30)
    finally:
        bell.close()


def test_where_no_socket_can_be_made_the_bell_is_still_one(tmp_path: Path) -> None:
    bell = Doorbell(tmp_path / "not there")
    bell.ring()
    assert bell.wait(30)
    bell.close()
