"""Who a sandbox is on the host: never root, and nobody else's user."""

import os
import pwd

import pytest

from orion_tui.base.errors import SandboxError
from orion_tui.core.sandbox import identity
from orion_tui.core.sandbox.identity import Identity

pytestmark = pytest.mark.unit


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)


def test_an_ordinary_user_stays_who_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1001)
    monkeypatch.setattr(os, "getuid", lambda: 1001)
    monkeypatch.setattr(os, "getgid", lambda: 1002)
    claimed = Identity.claim()
    assert (claimed.uid, claimed.gid, claimed.dropped) == (1001, 1002, False)


@pytest.mark.usefixtures("as_root")
def test_every_sandbox_of_roots_has_a_uid_to_itself() -> None:
    claimed = [Identity.claim() for _ in range(4)]
    try:
        assert len({one.uid for one in claimed}) == 4
        for one in claimed:
            assert identity.FIRST_UID <= one.uid < identity.FIRST_UID + identity.COUNT
            assert one.dropped
            with pytest.raises(KeyError):
                pwd.getpwuid(one.uid)
    finally:
        for one in claimed:
            one.release()


@pytest.mark.usefixtures("as_root")
def test_a_uid_that_was_given_back_is_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "FIRST_UID", identity.FIRST_UID + identity.COUNT - 1)
    monkeypatch.setattr(identity, "COUNT", 1)
    first = Identity.claim()
    with pytest.raises(SandboxError, match="in use"):
        Identity.claim()
    first.release()
    first.release()
    again = Identity.claim()
    assert again.uid == first.uid
    again.release()


@pytest.mark.usefixtures("as_root")
def test_a_uid_that_somebody_handed_out_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    real = pwd.getpwuid

    def taken(uid: int) -> pwd.struct_passwd:
        return real(0) if uid < identity.FIRST_UID + 3 else real(uid)

    monkeypatch.setattr(pwd, "getpwuid", taken)
    claimed = Identity.claim()
    assert claimed.uid >= identity.FIRST_UID + 3
    claimed.release()
