"""Opening: what is made, what is refused, and that refusing changes nothing."""

import os
import sqlite3
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from orion_tui.base.clock import FixedClock
from orion_tui.base.errors import StoreError
from orion_tui.core.store import Store, meta, sessions
from orion_tui.core.store.migrate import APPLICATION_ID, migrations

pytestmark = pytest.mark.unit


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def fill(path: Path, rows: int = 300) -> None:
    with Store.open(path) as store, store.transaction() as tx:
        for number in range(rows):
            sessions.save_policy(tx, f"{number:064x}", '{"padding": "' + "x" * 500 + '"}')


def test_only_the_owner_can_read_the_files_whatever_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        with Store.open(path) as store:
            with store.transaction() as tx:
                meta.put(tx, "k", "v")
            store.reader().rows("SELECT 1")
            found = {file.name: mode(file) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert found == {"orion.db": 0o600, "orion.db-wal": 0o600, "orion.db-shm": 0o600}


def test_a_file_that_others_could_read_is_closed_to_them(path: Path) -> None:
    fill(path, 1)
    path.chmod(0o644)
    Store.open(path).close()
    assert mode(path) == 0o600


def test_every_connection_is_durable_and_checks_references(store: Store) -> None:
    with store.transaction() as tx:
        for side in (tx, store.reader()):
            assert side.row("PRAGMA journal_mode") == ("wal",)
            assert side.row("PRAGMA synchronous") == (2,)  # FULL
            assert side.row("PRAGMA foreign_keys") == (1,)
            assert side.row("PRAGMA trusted_schema") == (0,)


def test_a_reader_waits_for_locks_for_five_seconds(store: Store) -> None:
    assert store.reader().row("PRAGMA busy_timeout") == (5000,)


def test_what_was_committed_is_there_after_opening_again(path: Path) -> None:
    with Store.open(path) as store, store.transaction() as tx:
        meta.put(tx, "k", "v")
    with Store.open(path) as store:
        assert meta.get(store.reader(), "k") == "v"


def test_a_new_database_has_the_newest_version_and_our_mark(path: Path) -> None:
    Store.open(path).close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (len(migrations()),)
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    connection.close()


def test_a_newer_database_is_refused_and_left_alone(path: Path) -> None:
    fill(path, 1)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {len(migrations()) + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="written by a newer Orion") as caught:
        Store.open(path)
    assert "upgrade" in caught.value.hint
    assert path.read_bytes() == before


def test_another_programs_database_is_refused_and_left_alone(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.commit()
    connection.close()
    path.chmod(0o644)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="is not an Orion database"):
        Store.open(path)
    assert path.read_bytes() == before
    assert mode(path) == 0o644
    assert [file.name for file in path.parent.iterdir()] == ["orion.db"]


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to have a header" * 20, bytes(8192)])
def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreError, match="is damaged") as caught:
        Store.open(path)
    assert str(path) in caught.value.message
    assert "to start anew" in caught.value.hint
    assert path.read_bytes() == content


def test_the_way_out_that_a_damaged_store_names_works_as_written(path: Path) -> None:
    path.write_bytes(bytes(8192))
    path.with_name("orion.db-wal").write_bytes(b"x")
    with pytest.raises(StoreError) as caught:
        Store.open(path)
    subprocess.run(caught.value.hint.partition("to start anew: ")[2], shell=True, check=True, timeout=10)
    Store.open(path).close()
    assert (path.parent / "damaged" / "orion.db").read_bytes() == bytes(8192)


def test_quick_check_passes_a_sound_database(path: Path) -> None:
    fill(path)
    with Store.open(path) as store:
        store.quick_check()


def test_quick_check_names_the_damage(path: Path) -> None:
    fill(path, 2_000)  # so much that the middle is far behind the schema
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(os.urandom(4096 * 4))
    with Store.open(path) as store, pytest.raises(StoreError, match="is damaged"):
        store.quick_check()


def test_a_damaged_page_stops_a_read_with_a_store_error(path: Path) -> None:
    fill(path, 2_000)  # so much that the middle is far behind the schema
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(os.urandom(4096 * 4))
    with Store.open(path) as store, pytest.raises(StoreError, match="is damaged"):
        store.reader().rows("SELECT hash, json FROM policies ORDER BY hash")


def test_a_missing_directory_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file or directory") as caught:
        Store.open(tmp_path / "gone" / "orion.db")
    assert "ORION_HOME" in caught.value.hint


def test_a_directory_in_its_place_is_told(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StoreError, match=str(path)):
        Store.open(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_file_that_cannot_be_written_is_refused_at_opening(path: Path) -> None:
    fill(path, 1)
    path.chmod(0o400)
    with pytest.raises(StoreError, match="cannot write") as caught:
        Store.open(path)
    assert "ORION_HOME" in caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_directory_that_cannot_be_written_is_refused_at_opening(path: Path) -> None:
    path.parent.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="cannot write"):
            Store.open(path)
    finally:
        path.parent.chmod(0o700)


def test_a_write_that_the_system_refuses_is_told_and_loses_nothing(path: Path) -> None:
    # A limit on file sizes, so that it works for root too: writing beyond it fails like a bad disk.
    program = textwrap.dedent(
        """
        import resource, sys
        from pathlib import Path
        from orion_tui.base.errors import StoreError
        from orion_tui.core.store import Store, meta
        path = Path(sys.argv[1])
        with Store.open(path) as store:
            with store.transaction() as tx:
                meta.put(tx, "first", "kept")
            resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
            store.start_writer()
            try:
                store.transact(lambda tx: meta.put(tx, "second", "x" * 400_000))
            except StoreError as error:
                print(error.message)
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            store.transact(lambda tx: meta.put(tx, "third", "kept"))
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert f"reading or writing {path} failed" in done.stdout
    with Store.open(path) as store:
        store.quick_check()
        assert [meta.get(store.reader(), key) for key in ("first", "second", "third")] == ["kept", None, "kept"]


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from orion_tui.base.errors import StoreError
        from orion_tui.core.store import Store, meta
        path = Path(sys.argv[1]) / "orion.db"
        written = 0
        with Store.open(path) as store:
            store.start_writer()
            try:
                while True:
                    store.transact(lambda tx: meta.put(tx, f"{written:08}", "x" * 20_000))
                    written += 1
            except StoreError as error:
                print(error)
        with Store.open(path) as store:
            store.quick_check()
            kept = store.reader().row("SELECT count(*) FROM meta")
        print("kept all" if written and kept == (written,) else f"{kept} of {written}")
        """
    )
    script = 'mount -t tmpfs -o size=1m none "$1" && exec "$2" -c "$3" "$1"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", str(tmp_path), sys.executable, program],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if done.returncode and "StoreError" not in done.stderr:
        pytest.skip(f"a small file system cannot be mounted here: {done.stderr.strip()[:200]}")
    assert "no room left" in done.stdout
    assert "free space" in done.stdout
    assert "kept all" in done.stdout


def test_a_process_that_starts_while_another_makes_the_database_finds_it_whole(path: Path) -> None:
    program = "import sys; from pathlib import Path; from orion_tui.core.store import Store; sys.stdin.read(1);"
    program += "store = Store.open(Path(sys.argv[1])); store.quick_check(); store.close()"
    children = [
        subprocess.Popen([sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(5)
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write(b"g")
        child.stdin.flush()
    ended = [child.communicate(timeout=60) for child in children]
    assert [(child.returncode, error) for child, (_, error) in zip(children, ended, strict=True)] == [(0, b"")] * 5


def test_a_closed_store_says_so(path: Path, clock: FixedClock) -> None:
    store = Store.open(path, clock)
    store.close()
    with pytest.raises(StoreError, match="is closed"), store.transaction():
        pass
    with pytest.raises(StoreError, match="is closed"):
        store.reader()
