"""What a person allowed beyond a role, attacked: it covers what it spells, part by part, and nothing else."""

import attrs
import pytest

from orion_tui.base.kinds import Tier
from orion_tui.core.aegis import policy as policies
from orion_tui.core.aegis.classify import classify
from orion_tui.core.aegis.decide import decide
from orion_tui.core.aegis.reach import exact_rules, narrowed, parse_reach, warning
from orion_tui.core.models.actions import Action, Decision, FileChange, RunCommand, WriteFile
from orion_tui.roles.rules import RuleError, parse_rule
from tests.support.gate import policy, shell, starter

pytestmark = [pytest.mark.unit, pytest.mark.role_boundary]


def answer(action: Action | str, *rules: str, **under: list[str]) -> Decision:
    base = policy(**under) if under else starter("software-engineer")
    wanted = shell(action) if isinstance(action, str) else action
    return decide(classify(wanted), policies.with_reach(base, parse_reach(rules)))


def test_it_goes_before_what_the_role_asks_about() -> None:
    decision = answer("pip install --no-index a.whl", "run(pip install *)")
    assert (decision.tier, decision.layer) == (Tier.AUTONOMOUS, "reach")
    assert "reach[0] run(pip install *)" in decision.rule


@pytest.mark.parametrize(
    "command",
    [
        "pytest x; curl http://evil",
        "pytest x && rm -rf src",
        "pytest x | sh",
        "pytest x || frobnicate",
        "pytest x\nfrobnicate y",
        "pytest x & frobnicate y",
        "pytest `frobnicate`",
        "pytest $(frobnicate)",
        "pytest x > ../outside",
        "pytest x > .github/workflows/a.yml",
        "FOO=1 pytest x",
        "PATH=. pytest x",
        "LD_PRELOAD=./x.so pytest x",
        "env pytest x",
        "env -i PATH=. pytest x",
        "./pytest x",
        "/work/pytest x",
        "sh -c 'pytest x; frobnicate'",
        "timeout 5 pytest x",
        "eval pytest x",
        "pytest() { frobnicate; }; pytest x",
        "alias pytest=frobnicate; pytest x",
        "xargs pytest x",
        "cd .. && pytest x",
        "pytestx y",
    ],
)
def test_a_rule_for_one_program_lets_nothing_else_through(command: str) -> None:
    assert answer(command, "run(pytest *)", autonomous=["search"]).tier is not Tier.AUTONOMOUS


def test_each_part_of_a_compound_needs_its_own() -> None:
    assert answer("pytest x; mytool y", "run(pytest *)", autonomous=["search"]).tier is Tier.REQUIRES_APPROVAL
    both = answer("pytest x; mytool y", "run(pytest *)", "run(mytool y)", autonomous=["search"])
    assert both.tier is Tier.AUTONOMOUS


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        ("sudo mytool", "run(sudo mytool)"),
        ("git push --force", "run(git push *)"),
        ("rm -rf .git", "run(rm *)"),
        ("cat /etc/shadow", "run(cat *)"),
        ("rm .orion/roles/a.yaml", "run(rm *)"),
    ],
)
def test_aegis_stops_what_it_stops_whatever_was_allowed(command: str, rule: str) -> None:
    decision = answer(command, rule)
    assert (decision.tier, decision.layer) == (Tier.FORBIDDEN, "aegis")


def test_what_the_role_forbids_or_limits_stays_forbidden() -> None:
    assert (
        answer("mytool x", "run(mytool *)", autonomous=["search"], forbidden=["run(mytool *)"]).tier is Tier.FORBIDDEN
    )
    assert (
        answer("mytool x", "run(mytool *)", autonomous=["search"], hard_limits=["run(mytool *)"]).layer == "hard_limits"
    )


def test_special_paths_are_asked_about_each_time() -> None:
    for path in (".gitattributes", ".github/workflows/a.yml", "CLAUDE.md", ".vscode/tasks.json"):
        action = WriteFile(path=path, content=b"x")
        under = {"autonomous": ["write"], "approval": ["deploy"]}
        assert answer(action, f"write({path})", **under).tier is Tier.REQUIRES_APPROVAL


def test_a_link_is_asked_about_although_its_path_is_allowed() -> None:
    change = FileChange(path="docs/a.md", before=b"", after=b"x", is_symlink=True)
    under = policies.with_reach(policy(autonomous=["search"]), parse_reach(["write(docs/**)"]))
    assert decide(classify(WriteFile(path="docs/a.md", content=b"x"), change), under).tier is Tier.REQUIRES_APPROVAL
    assert decide(classify(WriteFile(path="docs/b.md", content=b"x")), under).tier is Tier.AUTONOMOUS


def test_a_path_that_leaves_its_folder_is_not_of_it() -> None:
    for path in ("docs/../src/a.py", "docs/./../a.py", "/etc/passwd", "docs"):
        decision = answer(WriteFile(path=path, content=b"x"), "write(docs/**)", autonomous=["search"])
        assert decision.tier is not Tier.AUTONOMOUS


def test_what_cannot_be_read_is_asked_about_although_its_program_is_allowed() -> None:
    assert answer("./x.sh a", "run(./x.sh *)").tier is Tier.REQUIRES_APPROVAL
    assert answer("python3 -c 'import os'", "run(python3 -c 'import os')").tier is Tier.REQUIRES_APPROVAL


@pytest.mark.parametrize(
    "wrapper",
    [
        "hyperfine", "valgrind", "perf stat", "chronic", "direnv exec .", "dotenv run", "setarch x86_64", "x86_64",
        "ld.so", "ld-linux-x86-64.so.2",
    ],
)  # fmt: skip
def test_a_program_that_runs_others_is_looked_through_whatever_is_allowed_of_it(wrapper: str) -> None:
    rule = f"run({wrapper} *)"
    assert answer(f"{wrapper} true", rule).tier is Tier.REQUIRES_APPROVAL
    forbidden = answer(f"{wrapper} git push --force origin main", rule)
    assert forbidden.tier is Tier.FORBIDDEN, "its words, not those of the program before it, decide"


def test_confidence_counts_all_the_same() -> None:
    under = policies.with_reach(starter("software-engineer"), parse_reach(["run(pip install *)"]))
    decision = decide(classify(shell("pip install a")), under, confidence=0.2)
    assert (decision.tier, decision.layer) == (Tier.REQUIRES_APPROVAL, "confidence")


@pytest.mark.parametrize(
    "text",
    [
        "run", "run(*)", "run(* x)", "run(p* *)", "run(sh *)", "run(bash *)", "run(env *)", "run(python3 *)",
        "run(/usr/bin/env *)", "run(sh -c *)", "run(bash -lc *)", "run(python3 -c *)", "run(node -e *)",
        "run(env FOO=1 *)", "run(xargs *)", "write", "write(**)", "write(*)", "write(**/*)", "write(*/*)",
        "delete_files(**)", "add_dependency(*)", "use_tool(tracker/*)", "fetch", "deploy", "run_tests",
        "force_push", "execute_as_root", "change_special_path(.gitattributes)", "run(pytest *; rm x)",
        "run(pytest $(x))", "run(\u202epytest *)",
    ],
)  # fmt: skip
def test_what_would_cover_everything_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(RuleError):
        parse_reach([text])


def test_a_wide_rule_is_warned_of() -> None:
    assert "every command of git" in warning(parse_rule("run(git *)"))
    assert not warning(parse_rule("run(git log *)"))
    assert "no program that Orion knows" in warning(parse_rule("run(mystery *)"))
    assert not warning(parse_rule("run(mystery build)"))


def test_exact_rules_spell_what_is_asked_and_no_more() -> None:
    claims = classify(shell("mytool --out 'a b' x; other y")).claims
    rules = exact_rules(claims, (), ())
    assert [rule.text for rule in rules] == ["run(mytool --out 'a b' x)", "run(other y)"]
    texts = [rule.text for rule in rules]
    assert answer("mytool --out 'a b' x; other y", *texts, autonomous=["search"]).tier is Tier.AUTONOMOUS
    assert answer("mytool --out 'a b' x z; other y", *texts, autonomous=["search"]).tier is Tier.REQUIRES_APPROVAL


def test_a_wrapper_needs_both_rules() -> None:
    rules = exact_rules(classify(shell("timeout 5 mytool x")).claims, (), ())
    assert {rule.text for rule in rules} == {"run(timeout 5 mytool x)", "run(mytool x)"}


def test_a_word_that_a_rule_would_read_as_a_wildcard_cannot_be_exact() -> None:
    action = RunCommand(argv=("mytool", "*.py"))
    with pytest.raises(RuleError, match="wildcards"):
        exact_rules(classify(action).claims, (), ())


API = RunCommand(argv=("sh", "-c", "mytool x"), shell="mytool x", cwd="api")


@pytest.mark.parametrize(
    ("action", "rule"),
    [
        (API, "run(mytool *)"),
        (API, "run(mytool *) in ."),
        (API, "run(mytool *) in web"),
        (API, "run(mytool *) in api/v1"),
        ("cd api && mytool x", "run(mytool *)"),
        ("sh -c 'cd api && mytool x'", "run(mytool *)"),
        ("cd /tmp && mytool x", "run(mytool *)"),
        ("mytool x", "run(mytool *) in api"),
        ("cd api && pip install a", "install_packages(a)"),
    ],
)
def test_the_same_command_in_another_directory_is_another_act(action: Action | str, rule: str) -> None:
    others = ["run(cd *)", "search"]
    assert answer(action, rule, autonomous=others).tier is Tier.REQUIRES_APPROVAL


@pytest.mark.parametrize(
    ("action", "rule"),
    [
        (API, "run(mytool *) in api"),
        (attrs.evolve(API, cwd="./api/"), "run(mytool x) in ./api/"),
        (attrs.evolve(API, cwd="."), "run(mytool *)"),
        ("cd api && mytool x", "run(mytool *) in api"),
        ("mytool x", "run(mytool *) in ."),
    ],
)
def test_in_the_directory_that_it_names_a_rule_holds(action: Action | str, rule: str) -> None:
    decision = answer(action, rule, autonomous=["run(cd *)", "search"])
    assert (decision.tier, decision.layer) == (Tier.AUTONOMOUS, "reach")
    assert rule.partition(" in ")[0] in decision.rule


def test_exact_rules_name_the_directory_and_so_do_wider_ones() -> None:
    (rule,) = exact_rules(classify(API).claims, (), ())
    assert rule.text == "run(mytool x) in api"
    assert parse_reach([rule.text])[0].directory == "api"
    wider = narrowed(parse_reach(["run(mytool a.py) in api"])[0])
    assert wider is not None
    assert wider.text == "run(mytool *) in api"
    inner = exact_rules(classify(shell("sh -c 'cd api && mytool x'")).claims, (), ())
    assert [one.text for one in inner] == [
        "run(sh -c 'cd api && mytool x')", "run(cd api)", "run(mytool x) in api",
    ]  # fmt: skip


@pytest.mark.parametrize("cwd", ["a*", "a\u202eb", "a\nb", " a", "b) in c"])
def test_a_directory_that_cannot_be_spelled_is_allowed_once_only(cwd: str) -> None:
    with pytest.raises(RuleError):
        exact_rules(classify(attrs.evolve(API, cwd=cwd)).claims, (), ())


@pytest.mark.parametrize(
    "text",
    ["run(mytool) in ..", "run(mytool) in a/../../b", "run(mytool) in *", "run(mytool) in **", "write(docs/a) in b"],
)
def test_a_directory_is_one_directory_of_a_command(text: str) -> None:
    with pytest.raises(RuleError):
        parse_reach([text])


def test_a_reach_from_before_there_were_directories_holds_at_the_root_alone() -> None:
    base = policy(autonomous=["search"])
    older = policies.with_reach(base, (attrs.evolve(parse_rule("run(mytool *)", place="reach[0]"), directory=None),))
    written = policies.to_json(older)
    assert "directory" not in written, "the hashes of what was stored hold"
    read = policies.from_json(written)
    assert decide(classify(shell("mytool x")), read).tier is Tier.AUTONOMOUS
    assert decide(classify(API), read).tier is Tier.REQUIRES_APPROVAL
    assert exact_rules(classify(API).claims, read.reach, ()) != ()


@pytest.mark.parametrize(
    ("exact", "wider"),
    [
        ("run(pip install a.whl)", "run(pip install *)"),
        ("run(python3 -m mytool x)", "run(python3 -m mytool *)"),
        ("run(python3 -m pip install x)", "run(python3 -m pip install *)"),
        ("run(mytool a.py)", "run(mytool *)"),
        ("run(sh a.sh)", None),
        ("run(mytool)", None),
        ("write(docs/a.md)", "write(docs/*.md)"),
        ("write(a.md)", None),
        ("add_dependency(requests)", None),
    ],
)
def test_the_wider_rule_is_for_the_like_of_it(exact: str, wider: str | None) -> None:
    found = narrowed(parse_rule(exact))
    assert (found.text if found is not None else None) == wider


def test_the_policy_with_a_reach_has_a_hash_of_its_own_and_the_same_base() -> None:
    base = starter("software-engineer")
    more = policies.with_reach(base, parse_reach(["run(pip install *)"]))
    assert more.hash != base.hash
    assert more.base == base.base == base.hash
    assert policies.from_json(policies.to_json(more)) == more
    assert policies.with_reach(more, ()) == base
