import hashlib
from pathlib import Path

import pytest

from orion_tui.base.errors import InvalidFile, NotFound, PolicyError, StoreError, UsageError
from orion_tui.roles.library import MAX_FILES, Library
from orion_tui.roles.schema import Source
from orion_tui.roles.trust import TrustStore

pytestmark = [pytest.mark.unit, pytest.mark.role_boundary]


def text(name: str = "mine", *, display: str = "", enabled: str = "true", autonomous: str = "run_tests") -> str:
    shown = f"display_name: {display}\n" if display else ""
    return (
        f"name: {name}\n{shown}scope: coding\nenabled: {enabled}\ncompetencies: [x]\n"
        f"authority: {{autonomous: [{autonomous}], requires_approval: [merge], forbidden: [push]}}\n"
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    roles = tmp_path / "home" / "roles"
    roles.mkdir(parents=True)
    return roles


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "work" / ".orion" / "roles").mkdir(parents=True)
    return tmp_path / "work"


def put(directory: Path, file: str, content: str) -> str:
    (directory / file).write_text(content)
    return hashlib.sha256(content.encode()).hexdigest()


def in_workspace(workspace: Path, file: str, content: str) -> str:
    return put(workspace / ".orion" / "roles", file, content)


def test_a_users_role_is_found_and_wins_over_a_starter(home: Path) -> None:
    put(home, "a.yaml", text("mine"))
    put(home, "b.yml", text("qa-engineer", autonomous="write_docs"))
    library = Library(home)
    assert library.get("mine").source is Source.USER
    assert library.get("qa-engineer").role.authority.autonomous[0].text == "write_docs"
    assert [info.name for info in library.list()].count("qa-engineer") == 1


def test_files_are_read_afresh(home: Path) -> None:
    library = Library(home)
    with pytest.raises(NotFound):
        library.get("mine")
    put(home, "a.yaml", text("mine"))
    assert library.get("mine").role.name == "mine"


def test_an_unknown_role_names_the_likely_one(home: Path) -> None:
    with pytest.raises(NotFound, match=r"did you mean 'software-engineer'\?"):
        Library(home).get("sofware-enginer")


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "", "software-engineer.yaml", "\x1b[31m"])
def test_a_name_is_never_a_path(home: Path, name: str) -> None:
    with pytest.raises(NotFound) as caught:
        Library(home).get(name)
    assert "\x1b" not in str(caught.value)


def test_a_broken_file_is_listed_with_its_problems_and_hides_nothing_else(home: Path) -> None:
    put(home, "broken.yaml", "name: Bad Name\nscope: x\n")
    put(home, "good.yaml", text("good"))
    library = Library(home)
    info = library.find("broken")
    assert not info.usable
    assert any("broken.yaml:1:7" in line for line in info.errors)
    assert any("broken.yaml:2:8" in line for line in info.errors)
    assert library.get("good").role.name == "good"
    with pytest.raises(InvalidFile, match="broken"):
        library.get("broken")


def test_a_broken_copy_of_a_starter_does_not_silently_become_the_starter(home: Path) -> None:
    put(home, "software-engineer.yaml", "name: software-engineer\n")
    with pytest.raises(InvalidFile):
        Library(home).get("software-engineer")


def test_two_files_with_one_name_are_both_refused(home: Path) -> None:
    put(home, "a.yaml", text("mine"))
    put(home, "b.yaml", text("mine", autonomous="write_docs"))
    with pytest.raises(InvalidFile) as caught:
        Library(home).get("mine")
    assert "a.yaml" in str(caught.value)
    assert "b.yaml" in str(caught.value)


def test_a_disabled_role_can_be_read_and_not_used(home: Path) -> None:
    put(home, "a.yaml", text("mine", enabled="false"))
    library = Library(home)
    assert library.read("mine").role.name == "mine"
    with pytest.raises(UsageError, match="disabled"):
        library.get("mine")


def test_a_display_name_of_two_roles_is_ambiguous(home: Path) -> None:
    put(home, "a.yaml", text("one", display="Same"))
    put(home, "b.yaml", text("two", display="Same"))
    with pytest.raises(UsageError, match="several roles: one, two"):
        Library(home).get("same")
    assert Library(home).get("two").role.name == "two"


def test_a_users_role_takes_the_place_of_an_old_name(home: Path) -> None:
    put(home, "a.yaml", text("night-coder"))
    assert Library(home).get("night-coder").warnings == ()


def test_other_files_are_no_roles(home: Path) -> None:
    put(home, "notes.txt", text("mine"))
    (home / "dir.yaml").mkdir()
    library = Library(home)
    assert not library.find("dir").usable
    assert "mine" not in [info.name for info in library.list()]


def test_a_flood_of_files_is_cut(home: Path) -> None:
    for number in range(MAX_FILES + 5):
        put(home, f"r{number:04}.yaml", "x")
    assert len(Library(home).list()) == MAX_FILES + 4


# -- roles that come with a workspace: content that an attacker may have written


def test_a_workspace_role_is_listed_and_unusable_until_trusted(home: Path, workspace: Path) -> None:
    digest = in_workspace(workspace, "evil.yaml", text("helper"))
    library = Library(home, workspace)
    info = library.find("helper")
    assert (info.source, info.trusted, info.usable, info.digest) == (Source.WORKSPACE, False, False, digest)
    assert library.read("helper").role.name == "helper"
    with pytest.raises(PolicyError, match="never trusted") as caught:
        library.get("helper")
    assert "orion role show helper" in caught.value.hint
    assert f"evil.yaml {home}/" in caught.value.hint
    library.trust.add(digest)
    assert library.get("helper").source is Source.WORKSPACE


def test_any_change_revokes_trust(home: Path, workspace: Path) -> None:
    library = Library(home, workspace)
    library.trust.add(in_workspace(workspace, "r.yaml", text("helper")))
    assert library.get("helper")
    in_workspace(workspace, "r.yaml", text("helper") + "\n")
    with pytest.raises(PolicyError):
        library.get("helper")


def test_an_untrusted_role_takes_no_name_from_the_users(home: Path, workspace: Path) -> None:
    digest = in_workspace(workspace, "r.yaml", text("software-engineer", autonomous="deploy"))
    library = Library(home, workspace)
    assert library.get("software-engineer").source is Source.STARTER
    both = [info for info in library.list() if info.name == "software-engineer"]
    assert [(info.source, info.counts) for info in both] == [(Source.STARTER, True), (Source.WORKSPACE, False)]
    assert library.read("software-engineer", Source.WORKSPACE).digest == digest
    library.trust.add(digest)
    assert library.get("software-engineer").source is Source.WORKSPACE


def test_an_untrusted_display_name_does_not_capture_a_starters(home: Path, workspace: Path) -> None:
    in_workspace(workspace, "r.yaml", text("helper", display="Software Engineer"))
    assert Library(home, workspace).get("Software Engineer").role.name == "software-engineer"


def test_a_broken_workspace_file_takes_no_name_either(home: Path, workspace: Path) -> None:
    in_workspace(workspace, "software-engineer.yaml", "name: [")
    library = Library(home, workspace)
    assert library.get("software-engineer").source is Source.STARTER
    assert any(info.errors and info.source is Source.WORKSPACE for info in library.list())


def test_a_link_in_a_workspace_is_not_followed(home: Path, workspace: Path, tmp_path: Path) -> None:
    put(tmp_path, "elsewhere.yaml", text("helper"))
    (workspace / ".orion" / "roles" / "link.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    library = Library(home, workspace)
    assert "helper" not in [info.name for info in library.list()]
    assert any("symbolic link" in line for line in library.find("link").errors)


def test_a_linked_role_directory_of_a_workspace_is_not_followed(home: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside" / "roles"
    outside.mkdir(parents=True)
    put(outside, "r.yaml", text("helper"))
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / ".orion").symlink_to(tmp_path / "outside")
    assert "helper" not in [info.name for info in Library(home, tmp_path / "work").list()]


# -- the record of trust


def test_trust_is_remembered_and_taken_back(home: Path) -> None:
    digest = "a" * 64
    TrustStore(home).add(digest)
    assert TrustStore(home).trusts(digest)
    TrustStore(home).remove(digest)
    assert not TrustStore(home).trusts(digest)


def test_only_hashes_are_recorded(home: Path) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        TrustStore(home).add("helper")


def test_a_record_that_others_may_write_trusts_nothing(home: Path) -> None:
    store = TrustStore(home)
    store.add("a" * 64)
    assert store.trusts("a" * 64)
    (home / "trusted").chmod(0o666)
    assert not store.trusts("a" * 64)


def test_a_record_that_is_a_link_trusts_nothing(home: Path, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("a" * 64 + "\n")
    (home / "trusted").symlink_to(tmp_path / "list")
    assert not TrustStore(home).trusts("a" * 64)


def test_a_record_that_cannot_be_written_says_so(home: Path) -> None:
    (home / "trusted.new").mkdir()
    with pytest.raises(StoreError, match="cannot write"):
        TrustStore(home).add("a" * 64)
