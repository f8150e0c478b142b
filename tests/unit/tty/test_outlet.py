"""Writing to a terminal that is gone, full, or of few letters."""

import io
import os
import pty
import threading

import pytest

from orion_tui.tty.outlet import Outlet

pytestmark = pytest.mark.unit


def test_a_terminal_that_is_gone_takes_everything() -> None:
    master, slave = pty.openpty()
    with os.fdopen(slave, "w", encoding="utf-8") as file:
        outlet = Outlet(file)
        outlet.write("seen")
        outlet.flush()
        assert os.read(master, 100) == b"seen"
        os.close(master)
        for _ in range(3):
            outlet.write("lost")
            outlet.flush()
        assert outlet.gone


def test_letters_that_the_terminal_does_not_know_are_replaced() -> None:
    ours, theirs = os.pipe()
    with os.fdopen(theirs, "w", encoding="latin-1") as file, os.fdopen(ours, "rb") as read:
        outlet = Outlet(file)
        outlet.write("ä │ \udcff")
        outlet.flush()
        assert read.read1() == b"\xe4 ? ?"


def test_a_descriptor_that_does_not_block_loses_nothing() -> None:
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    whole = "0123456789" * 50_000
    got = io.BytesIO()

    def read() -> None:
        while data := os.read(ours, 65_536):
            got.write(data)

    reader = threading.Thread(target=read)
    with os.fdopen(theirs, "w", encoding="utf-8") as file:
        outlet = Outlet(file)
        outlet.write(whole)
        reader.start()
        outlet.flush()
    reader.join()
    os.close(ours)
    assert got.getvalue() == whole.encode()
