"""The whole scan, with the real Kingfisher. Every secret is made up here."""

import base64
import gzip
import io
import os
import random
import stat
import string
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from orion_tui.base.errors import InvalidFile
from orion_tui.core.aegis.secrets import Allowlist, ScanItem, ScanReport, kingfisher, load_allowlist, scan
from orion_tui.core.aegis.secrets.models import mask
from orion_tui.core.aegis.secrets.scan import scan as scan_function
from orion_tui.core.aegis.secrets.warm import rule_cache, warm

pytestmark = pytest.mark.unit

_DICE = random.Random(9)


def made(length: int, letters: str = string.ascii_letters + string.digits) -> str:
    return "".join(_DICE.choice(letters) for _ in range(length))


TOKEN = "gh" + "p_" + made(36)
PW = "pass" + "word"
HELD = "Xk29" + "fjw0Qz"
#: Orion has no pattern of its own for it.
SENDGRID = "S" + "G." + made(22) + "." + made(43)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compiled rules are made once: that takes some seconds."""
    return tmp_path_factory.mktemp("cache")


def item(name: str, data: str | bytes, oid: str | None = None) -> ScanItem:
    return ScanItem(name=name, oid=oid, data=data.encode() if isinstance(data, str) else data)


def never(*_: object) -> bool:
    return False


def nothing(*_: object) -> None:
    return None


def told(report: ScanReport) -> list[str]:
    return [str(finding) for finding in report.findings]


@pytest.fixture
def fake_scanner(tmp_path: Path) -> Path:
    path = tmp_path / "kingfisher"
    path.write_text("#!/bin/sh\nexit 0\n", "ascii")
    path.chmod(0o755)
    return path


# What is found


def test_nothing_to_find_is_clean(cache: Path) -> None:
    report = scan([item("a.py", "print('hello')\n", "a1"), item("empty", b"", "a2")], cache=cache)
    assert (report.clean, report.findings, report.failures, report.objects) == (True, (), (), 2)


def test_each_finding_says_file_line_kind_and_masked_value(cache: Path) -> None:
    report = scan([item("src/a.py", f"# one\nx = '{TOKEN}'\n", "b1")], cache=cache)
    assert not report.clean
    assert told(report) == [f"src/a.py:2: GitHub token {TOKEN[:4]}...{TOKEN[-2:]}"]


def test_kingfishers_rules_count_too(cache: Path) -> None:
    report = scan([item("mail.py", f'\nclient = Mail("{SENDGRID}")\n', "c1")], cache=cache)
    assert [(finding.path, finding.line) for finding in report.findings] == [("mail.py", 2)]
    assert "sendgrid" in report.findings[0].kind


def test_what_was_packed_is_shown_to_kingfisher(cache: Path) -> None:
    plain = f'client = Mail("{SENDGRID}")\n'
    items = [item("a.gz", gzip.compress(plain.encode()), "d1"), item("a.txt", plain.encode("utf-16"), "d2")]
    report = scan(items, cache=cache)
    assert [finding.path for finding in report.findings] == ["a.gz", "a.txt"]
    assert report.findings[0].via == "gzip"


def test_kingfisher_and_own_patterns_tell_a_secret_once(cache: Path) -> None:
    report = scan([item("a.py", f"{TOKEN}\n{TOKEN}\n", "e1")], cache=cache)
    assert [finding.line for finding in report.findings] == [1, 2]


def test_pleas_and_ignore_files_of_the_tree_mean_nothing(cache: Path) -> None:
    pleas = ("kingfisher:ignore", "gitleaks:allow", "nosec", "pragma: allowlist secret")
    lines = "".join(f"'{SENDGRID}'  # {plea}\n'{TOKEN}'  # {plea}\n" for plea in pleas)
    items = [
        item(".kingfisherignore", "*\n", "f1"),
        item(".gitignore", "*\n", "f2"),
        item("kingfisher.yaml", "scan:\n  exclude: ['*']\n", "f3"),
        item(".gitleaks.toml", "[allowlist]\npaths=['.*']\n", "f4"),
        item("node_modules/x/.env", lines, "f5"),
        item("tests/fixtures/example.lock", lines, "f6"),
    ]
    report = scan(items, cache=cache)
    for name in ("node_modules/x/.env", "tests/fixtures/example.lock"):
        assert {finding.line for finding in report.findings if finding.path == name} == set(range(1, 9))


def test_one_object_under_two_names_is_told_under_both(cache: Path) -> None:
    items = [item(name, TOKEN, "aa") for name in ("a.txt", "b.txt")]
    report = scan(items, cache=cache)
    assert [finding.path for finding in report.findings] == ["a.txt", "b.txt"]
    assert report.objects == 2


def test_added_and_removed_again_is_found_where_history_enters(cache: Path) -> None:
    """The caller gives every object; that the last version is clean helps nobody."""
    items = [item("a.py", f"x='{TOKEN}'\n", "v1"), item("a.py", "x=os.environ['X']\n", "v2")]
    assert len(scan(items, cache=cache).findings) == 1
    assert scan(items[1:], cache=cache).clean


def test_messages_and_names_are_read(cache: Path) -> None:
    report = scan(
        [item(f"keys/{TOKEN}.txt", "nothing\n", "91")],
        cache=cache,
        messages=[("commit message", f"Add a thing\n\nIt uses {TOKEN} for now.\n"), ("tag message", "fine\n")],
        names=["feature/" + SENDGRID],
    )
    places = {(finding.path, finding.line) for finding in report.findings}
    hidden = f"{TOKEN[:4]}...{TOKEN[-2:]}"
    assert ("commit message", 3) in places
    assert (f"keys/{hidden}.txt", 0) in places
    assert any(path.startswith("feature/SG") and path.endswith(f"...{SENDGRID[-2:]}") for path, _ in places)
    assert not any(path == "tag message" for path, _ in places)


def test_names_of_every_kind_are_scanned_and_shown_safely(cache: Path) -> None:
    name = os.fsdecode(b"a\nb/\xff\x1b[31m" + TOKEN.encode())
    report = scan([item(name, f"{TOKEN}\n", "92")], cache=cache)
    assert len(report.findings) == 2
    for finding in report.findings:
        assert "\n" not in finding.path
        assert "\x1b" not in finding.path
        assert TOKEN not in finding.path


# The raw value


@pytest.mark.parametrize(("value", "shown"), [("hunter2", "••••"), ("12345678", "••••"), ("123456789", "1234...89")])
def test_short_values_are_hidden_whole(value: str, shown: str) -> None:
    assert mask(value.encode()) == shown


def test_control_characters_of_a_value_are_not_shown() -> None:
    assert "\x1b" not in mask(b"\x1b[31mabcdefgh\x07")


def test_the_raw_value_is_nowhere(cache: Path, capfd: pytest.CaptureFixture[str]) -> None:
    encoded = base64.b64encode(f"x {TOKEN} y {PW}='{HELD}'\n".encode()).decode()
    items = [
        item(f"{TOKEN}.env", f"{PW}={HELD}\n{TOKEN}\n{encoded}\n{SENDGRID}\n", "93"),
        item("a.gz", gzip.compress(TOKEN.encode() + b"\n" + SENDGRID.encode()), "94"),
    ]
    report = scan(items, cache=cache, messages=[("commit message", TOKEN)], names=[TOKEN])
    assert len(report.findings) >= 8
    out = capfd.readouterr()
    everything = [repr(report), *told(report), out.out, out.err]
    everything += [repr(finding) for finding in report.findings]
    for path in cache.rglob("*"):
        if path.is_file():
            everything.append(path.read_bytes().decode("latin-1"))
    for raw in (TOKEN, SENDGRID, HELD, encoded):
        assert not [text for text in everything if raw in text], raw


def test_the_scratch_folder_is_private_and_goes_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = os.umask(0)
    try:
        with kingfisher.scratch(tmp_path / "cache", memory=tmp_path) as folder:
            kingfisher.write_object(folder, "a", b"data")
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            assert stat.S_IMODE((folder / "files" / "a").stat().st_mode) == 0o600
    finally:
        os.umask(old)
    assert not folder.exists()
    with pytest.raises(KeyError), kingfisher.scratch(tmp_path / "cache", memory=tmp_path) as folder:
        raise KeyError
    assert not folder.exists()


def test_without_a_place_in_memory_the_cache_serves(tmp_path: Path) -> None:
    with kingfisher.scratch(tmp_path / "cache", memory=tmp_path / "none") as folder:
        assert folder.parent == tmp_path / "cache"


def test_what_a_killed_scan_left_behind_goes_with_the_next(tmp_path: Path) -> None:
    code = (
        "import os, sys, signal; from pathlib import Path; from orion_tui.core.aegis.secrets import kingfisher\n"
        "with kingfisher.scratch(Path(sys.argv[1]), memory=Path(sys.argv[1])) as folder:\n"
        "    kingfisher.write_object(folder, 'a', b'x'); print(folder, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    left = Path(done.stdout.strip())
    assert (left / "files" / "a").exists(), "the control: a kill does leave it"
    long_ago = time.time() - 3600
    os.utime(left, (long_ago, long_ago))
    with kingfisher.scratch(tmp_path, memory=tmp_path) as folder:
        os.utime(folder, (long_ago, long_ago))
        assert not left.exists()
        with kingfisher.scratch(tmp_path, memory=tmp_path):
            assert folder.exists(), "one in use is not taken away"


def test_the_scan_leaves_nothing_behind(tmp_path: Path, fake_scanner: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kingfisher, "_has_room", never)
    fake_scanner.write_text(f'#!/bin/sh\ncat "$2/a1" > {tmp_path}/seen\n', "ascii")
    scan([item("a.py", TOKEN, "a1")], cache=tmp_path / "cache", program=fake_scanner)
    assert (tmp_path / "seen").read_text("ascii") == TOKEN, "the control: it was there"
    assert list((tmp_path / "cache").glob("*")) == []


# A scanner that does not scan


def test_without_kingfisher_it_is_a_failure_and_own_patterns_still_look(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kingfisher, "find", nothing)
    report = scan([item("a.py", TOKEN, "a1")], cache=cache)
    assert [finding.kind for finding in report.findings] == ["GitHub token"]
    assert report.failures == ("the scanner kingfisher is not installed; only Orion's own patterns were applied",)
    assert not scan([item("a.py", "harmless", "a2")], cache=cache).clean


def test_a_program_that_cannot_start_is_a_failure(cache: Path, tmp_path: Path) -> None:
    report = scan([item("a.py", "x", "a1")], cache=cache, program=tmp_path / "nowhere")
    assert report.failures == ("the scanner kingfisher cannot be started: No such file or directory",)


SAYS_NOTHING = "exit 0"
SAYS_CLEAN = (
    'n=$(ls "$2" | wc -l); echo "{\\"audit\\":{\\"summary\\":{\\"scan_failed\\":0,\\"scan_partial\\":0},'
    '\\"repositories\\":[{\\"stats\\":{\\"blobs_scanned\\":$n}}]}}"'
)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (SAYS_NOTHING, "read -1 of"),
        ("echo found nothing at all", "an answer that cannot be read"),
        (SAYS_CLEAN, "did not find the token that was planted"),
        (SAYS_CLEAN.replace("$n", "1"), "read 1 of 3 objects"),
        (SAYS_CLEAN.replace('scan_failed\\":0', 'scan_failed\\":1'), "read -1 of"),
        ("exit 1", "failed with status 1"),
        ("exit 199", "failed with status 199"),
        ("kill -SEGV $$", "failed with status -11"),
        ("sleep 600 & sleep 600", "did not end within"),
    ],
)
def test_a_scanner_that_only_says_so_does_not_pass(
    cache: Path, fake_scanner: Path, script: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_scanner.write_text(f"#!/bin/sh\n{script}\n", "ascii")
    real = kingfisher.Run.finish

    def finish(run: kingfisher.Run, *, timeout: float) -> list[kingfisher.RawFinding]:
        return real(run, timeout=1.0 if "sleep" in script else timeout)

    monkeypatch.setattr(kingfisher.Run, "finish", finish)
    report = scan([item("a.py", "harmless\n", "a1")], cache=cache, program=fake_scanner)
    assert not report.clean
    assert len(report.failures) == 1
    assert reason in report.failures[0]


def test_the_canary_is_another_one_each_time(cache: Path, fake_scanner: Path, tmp_path: Path) -> None:
    fake_scanner.write_text(f'#!/bin/sh\ncat "$2/canary" >> {tmp_path}/seen\nexit 0\n', "ascii")
    for _ in range(2):
        scan([item("a.py", "harmless\n", "a1")], cache=cache, program=fake_scanner)
    seen = (tmp_path / "seen").read_text("ascii").split()
    assert len(set(seen)) == 2


def test_the_scanner_sees_no_environment_home_or_network_check(cache: Path, fake_scanner: Path, tmp_path: Path) -> None:
    fake_scanner.write_text(
        f'#!/bin/sh\nenv > {tmp_path}/env\necho "$@" > {tmp_path}/args\npwd >> {tmp_path}/env\n', "ascii"
    )
    scan([item("a.py", "harmless\n", "a1")], cache=cache, program=fake_scanner)
    env = (tmp_path / "env").read_text("utf-8")
    assert os.environ["HOME"] not in env
    assert "KF_" not in env
    arguments = (tmp_path / "args").read_text("utf-8").split()
    assert {"--no-validate", "--no-update-check", "--no-dedup", "--no-ignore", "--confidence=low"} <= set(arguments)
    assert not any("a.py" in argument for argument in arguments)


def test_time_running_out_is_a_failure(cache: Path, fake_scanner: Path) -> None:
    fake_scanner.write_text("#!/bin/sh\nexit 0\n", "ascii")
    report = scan_function([item("a.py", "harmless\n", "a1")], cache=cache, program=fake_scanner, timeout=-10.0)
    assert "the scan took too long: not everything was read" in report.failures


def test_big_scans_are_read_back_from_the_scratch_folder(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["orion_tui.core.aegis.secrets.scan"]
    monkeypatch.setattr(module, "_KEPT", 10)
    report = scan([item("a", "harmless " * 9, "a1"), item("b", TOKEN, "a2"), item("c", TOKEN, "a3")], cache=cache)
    assert [finding.path for finding in report.findings] == ["b", "c"]


def test_the_program_of_the_package_is_found_first(
    tmp_path: Path, fake_scanner: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    on_path = tmp_path / "bin" / "kingfisher"
    on_path.symlink_to(fake_scanner)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    found = kingfisher.find()
    assert found is not None
    assert found.parts[-3:] == ("kingfisher", "bin", "kingfisher")
    monkeypatch.setattr("importlib.util.find_spec", nothing)
    assert kingfisher.find() == fake_scanner, "beside this Python"
    monkeypatch.setattr(sys, "executable", str(tmp_path / "elsewhere" / "python"))
    assert kingfisher.find() == on_path
    on_path.unlink()
    assert kingfisher.find() is None


def test_rules_are_compiled_ahead_of_time(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan([item("a.py", "harmless\n", "a1")], cache=cache)
    assert warm(cache), "quick, for they are there"
    assert [path.suffix for path in rule_cache(cache).iterdir()] == [".vscdb"]
    monkeypatch.setattr(kingfisher, "find", nothing)
    assert not warm(tmp_path)


# The allowlist


def allow(tmp_path: Path, text: str) -> Allowlist:
    path = tmp_path / "secrets_allowlist.yaml"
    path.write_text(text, "utf-8")
    return load_allowlist(path)


def test_a_missing_or_empty_allowlist_allows_nothing(tmp_path: Path) -> None:
    assert load_allowlist(tmp_path / "none.yaml").entries == ()
    assert allow(tmp_path, "").entries == ()
    assert allow(tmp_path, "[]\n").entries == ()


def test_an_allowed_value_is_told_with_its_reason_and_does_not_block(cache: Path, tmp_path: Path) -> None:
    items = [item("a.py", TOKEN, "a1")]
    assert not scan(items, cache=cache).clean
    report = scan(items, cache=cache, allowlist=allow(tmp_path, f"- pattern: '{TOKEN[:7]}.*'\n  reason: made up\n"))
    assert report.clean
    assert [(entry.finding.path, entry.reason) for entry in report.allowed] == [("a.py", "made up")]
    assert TOKEN not in repr(report)


@pytest.mark.parametrize(
    ("entry", "allowed"),
    [
        ("file: tests/**", ["tests/a.py"]),
        ("file: '*.py'", ["b.py"]),
        (f"pattern: {TOKEN[:10]}", []),
        ("pattern: gh._.*", ["b.py", "tests/a.py"]),
        ("pattern: gh._.*\n  file: b.py", ["b.py"]),
    ],
)
def test_an_entry_covers_only_what_it_says(cache: Path, tmp_path: Path, entry: str, allowed: list[str]) -> None:
    items = [item("tests/a.py", TOKEN, "a1"), item("b.py", TOKEN, "a2")]
    report = scan(items, cache=cache, allowlist=allow(tmp_path, f"- {entry}\n  reason: tested\n"))
    assert [found.finding.path for found in report.allowed] == allowed
    assert [found.path for found in report.findings] == [p for p in ("b.py", "tests/a.py") if p not in allowed]


def test_every_problem_of_an_allowlist_is_told_at_its_place(tmp_path: Path) -> None:
    text = (
        "- pattern: '['\n  reason: x\n- file: ../a\n  reason: y\n- reason: z\n- pattern: a\n- files: x\n  reason: r\n"
    )
    with pytest.raises(InvalidFile) as error:
        allow(tmp_path, text)
    problems = "\n".join(error.value.problems)
    for part in (
        ":1:12: not a regular expression",
        ":3:3: file has",
        ":5:3: needs pattern",
        ":6:3: reason is missing",
        "'files'",
    ):
        assert part in problems, problems


def test_a_failure_of_the_scanner_is_not_allowed_away(cache: Path, tmp_path: Path, fake_scanner: Path) -> None:
    everything = allow(tmp_path, "- file: '**'\n  reason: all\n")
    report = scan([item("a.py", TOKEN, "a1")], cache=cache, allowlist=everything, program=fake_scanner)
    assert report.findings == ()
    assert not report.clean


def test_an_archive_is_read_and_its_scan_is_whole(cache: Path) -> None:
    def archive(text: str) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("a.txt", text)
        return out.getvalue()

    clean = scan([item("report.docx", archive("nothing"))], cache=cache)
    assert (clean.failures, clean.findings) == ((), ())
    assert [finding.path for finding in scan([item("x.zip", archive(TOKEN))], cache=cache).findings] == ["x.zip"]
