"""The gate's order and what covers what (ROLE-5, ROLE-7, RUN-4)."""

import math

import pytest

from orion_tui.base.kinds import ALWAYS_FORBIDDEN, ActionKind, Tier
from orion_tui.core.aegis.confidence import Verdict, judge_confidence
from orion_tui.core.aegis.decide import decide, plan_tier
from orion_tui.core.models.actions import Claim, Classification, RunCommand, WriteFile
from orion_tui.core.models.plans import Expectation, PlannedAction, Task
from orion_tui.roles.schema import Thresholds
from tests.support.gate import ask, policy, shell, starter

pytestmark = [pytest.mark.unit, pytest.mark.role_boundary]


def claims(*kinds: ActionKind) -> Classification:
    return Classification(claims=tuple(Claim(kind=kind) for kind in kinds))


def test_aegis_answers_before_the_users_limits_and_these_before_the_role() -> None:
    under = policy(
        autonomous=["run_tests", "search"],
        forbidden=["force_push", "deploy", "merge"],
        approval=["push"],
        hard_limits=["deploy", "run_tests"],
    )
    force, deploy, tests, merge = ActionKind.FORCE_PUSH, ActionKind.DEPLOY, ActionKind.RUN_TESTS, ActionKind.MERGE
    assert decide(claims(force, deploy, merge), under).layer == "aegis"
    assert decide(claims(deploy, merge), under).layer == "hard_limits"
    assert decide(claims(tests), under).layer == "hard_limits"
    assert decide(claims(merge), under).layer == "role"


def test_forbidden_beats_approval_beats_autonomous() -> None:
    under = policy(
        autonomous=["write(docs/**)"], approval=["write(docs/api/**)"], forbidden=["write(docs/api/secret/**)"]
    )
    assert ask(WriteFile(path="docs/a.md", content=b""), under).tier is Tier.AUTONOMOUS
    assert ask(WriteFile(path="docs/api/a.md", content=b""), under).tier is Tier.REQUIRES_APPROVAL
    assert ask(WriteFile(path="docs/api/secret/a.md", content=b""), under).tier is Tier.FORBIDDEN


def test_the_rule_is_cited_with_its_place_and_a_reason() -> None:
    decision = ask("pip install requests", starter("software-engineer"))
    assert decision.rule == "requires_approval[0] add_dependency"
    assert "requests" in decision.reason
    assert decision.policy == starter("software-engineer").hash
    assert ActionKind.ADD_DEPENDENCY in {claim.kind for claim in decision.claims}


@pytest.mark.parametrize(
    "under", [{"approval": ["write"]}, {"forbidden": ["write"]}, {"autonomous": ["search"]}], ids=str
)
def test_a_reason_spells_out_what_would_disguise_the_path_that_it_names(under: dict[str, list[str]]) -> None:
    decision = ask(WriteFile(path="docs/\u202eyp\n.md", content=b""), policy(**under))
    assert "docs/⟨U+202E⟩yp⏎.md" in decision.reason


def test_what_no_rule_matches_needs_approval_and_says_what_was_missing() -> None:
    decision = ask("frobnicate x", policy(autonomous=["run_tests"]))
    assert (decision.tier, decision.rule) == (Tier.REQUIRES_APPROVAL, "")
    assert "run(frobnicate x)" in decision.reason


def test_a_doubt_is_named() -> None:
    decision = ask("./x.sh", policy(autonomous=["run"]))
    assert decision.tier is Tier.REQUIRES_APPROVAL
    assert "a program from the workspace" in decision.reason


def test_nothing_known_is_not_allowed() -> None:
    assert decide(Classification(claims=()), policy(autonomous=["run", "write"])).tier is Tier.REQUIRES_APPROVAL


# What covers what.


@pytest.mark.parametrize(
    ("autonomous", "text", "tier"),
    [
        # a kind looks through wrappers; a pattern does not
        (["run_tests"], "timeout 60 pytest -q", Tier.AUTONOMOUS),
        (["run_tests"], "sh -c 'pytest -q'", Tier.AUTONOMOUS),
        (["run(pytest *)"], "timeout 60 pytest -q", Tier.REQUIRES_APPROVAL),
        (["run(pytest *)", "run(timeout 60 pytest *)"], "timeout 60 pytest -q", Tier.AUTONOMOUS),
        (["run(timeout *)"], "timeout 60 pytest -q", Tier.REQUIRES_APPROVAL),
        # `run` alone covers what it includes and what nobody knows, nothing else
        (["run"], "pytest -q", Tier.AUTONOMOUS),
        (["run"], "frobnicate x", Tier.AUTONOMOUS),
        (["run"], "pip install x", Tier.REQUIRES_APPROVAL),
        (["run"], "git commit -m x", Tier.REQUIRES_APPROVAL),
        (["run"], "echo x > src/a.py", Tier.REQUIRES_APPROVAL),
        # a pattern covers the kinds of exactly that command
        (["run(git commit *)"], "git commit -m x", Tier.AUTONOMOUS),
        (["run(git commit *)"], "git status", Tier.REQUIRES_APPROVAL),
        (["run(uv add *)"], "uv add httpx", Tier.AUTONOMOUS),
        # but never a redirection, and never the network
        (["run(frob *)"], "frob x > src/a.py", Tier.REQUIRES_APPROVAL),
        (["run(frob *)", "write_code"], "frob x > src/a.py", Tier.AUTONOMOUS),
        (["run(curl *)"], "curl https://a.org", Tier.REQUIRES_APPROVAL),
        (["run(curl *)", "fetch(a.org)"], "curl https://a.org", Tier.AUTONOMOUS),
        (["run(curl *)", "fetch(a.org)"], "curl https://a.org https://b.org", Tier.REQUIRES_APPROVAL),
        # never what cannot be read
        (["run(./x.sh *)"], "./x.sh", Tier.REQUIRES_APPROVAL),
        (["run(python3 *)"], "python3 -c 'x'", Tier.REQUIRES_APPROVAL),
        # every part for itself
        (["run_tests"], "pytest; frobnicate", Tier.REQUIRES_APPROVAL),
        (["run_tests", "run(frobnicate *)"], "pytest; frobnicate", Tier.AUTONOMOUS),
        (["run_tests"], "pytest && ls", Tier.REQUIRES_APPROVAL),
        (["run_tests", "read_files"], "pytest && ls", Tier.AUTONOMOUS),
        # every kind of a part
        (["run_linters"], "ruff check .", Tier.AUTONOMOUS),
        (["run_linters"], "ruff check --fix .", Tier.REQUIRES_APPROVAL),
        (["install_packages"], "pip install x", Tier.REQUIRES_APPROVAL),
        (["install_packages", "add_dependency(x)"], "pip install x", Tier.AUTONOMOUS),
        (["install_packages", "add_dependency(x)"], "pip install x y", Tier.REQUIRES_APPROVAL),
        (["install_packages(x)", "add_dependency(x)"], "pip install x -r other.txt", Tier.REQUIRES_APPROVAL),
    ],
)
def test_what_covers_a_command(autonomous: list[str], text: str, tier: Tier) -> None:
    assert ask(text, policy(autonomous=autonomous)).tier is tier


@pytest.mark.parametrize(
    ("autonomous", "path", "tier"),
    [
        (["write"], "src/a.py", Tier.AUTONOMOUS),
        (["write"], "docs/a.md", Tier.AUTONOMOUS),
        (["write_docs"], "docs/a.md", Tier.AUTONOMOUS),
        (["write_docs"], "docs/a.py", Tier.REQUIRES_APPROVAL),
        (["write_docs"], "src/a.py", Tier.REQUIRES_APPROVAL),
        (["write(docs/**)"], "docs/a.md", Tier.AUTONOMOUS),
        (["write(docs/**)"], "docs/a.py", Tier.AUTONOMOUS),
        (["write(docs/**)"], "Docs/a.md", Tier.REQUIRES_APPROVAL),
        (["write_code(src/**)"], "src/a.py", Tier.AUTONOMOUS),
        (["write_code(src/**)"], "lib/a.py", Tier.REQUIRES_APPROVAL),
        (["write"], "Dockerfile", Tier.REQUIRES_APPROVAL),
        (["write", "modify_infrastructure"], "Dockerfile", Tier.AUTONOMOUS),
        (["write(db/**)"], "db/migrations/1.sql", Tier.REQUIRES_APPROVAL),
        (["write"], "setup.py", Tier.REQUIRES_APPROVAL),
        (["write", "modify_ci_pipeline"], ".github/workflows/x.yml", Tier.REQUIRES_APPROVAL),
    ],
)
def test_what_covers_a_write(autonomous: list[str], path: str, tier: Tier) -> None:
    assert ask(WriteFile(path=path, content=b"x"), policy(autonomous=autonomous)).tier is tier


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("run(rm *)", "/bin/rm x"),
        ("run(rm *)", "sh -c 'rm x'"),
        ("run(rm *)", "ls; env rm x"),
        ("run(rm *)", "echo $(rm x)"),
        ("run(git push *)", "git -C x push"),
        ("write(secrets/**)", "echo x > secrets/key"),
        ("write(secrets/**)", "echo x > SECRETS/key"),
        ("write(secrets/**)", "rm -rf secrets"),
        ("write(secrets/**)", "cp a secrets/"),
        ("write(src/a.py)", "sed -i s/a/b/ src/a.py"),
        ("write_tests", "rm tests/test_a.py"),
        ("add_dependency(left-pad)", "npm install Left_Pad"),
        ("fetch(evil.org)", "curl https://EVIL.org/x"),
        ("run", "ls"),
    ],
)
@pytest.mark.parametrize("where", ["approval", "forbidden"])
def test_a_stopping_rule_reaches_the_ways_around_it(entry: str, text: str, where: str) -> None:
    everything = ["run(ls *)", "read_files", "write_code", "delete_files"]
    under = policy(everything, approval=[entry]) if where == "approval" else policy(everything, forbidden=[entry])
    decision = ask(text, under)
    assert decision.tier is (Tier.REQUIRES_APPROVAL if where == "approval" else Tier.FORBIDDEN)
    assert decision.rule.endswith(f"[0] {entry}")


def test_the_scope_of_paths() -> None:
    under = policy(autonomous=["write", "read_files"], paths={"allow": ["src/**", "docs/**"], "deny": ["src/gen/**"]})
    answers = {path: ask(WriteFile(path=path, content=b"x"), under) for path in ("src/a.py", "src/gen/a.py", "a.py")}
    assert answers["src/a.py"].tier is Tier.AUTONOMOUS
    assert (answers["src/gen/a.py"].tier, answers["src/gen/a.py"].rule) == (Tier.FORBIDDEN, "paths.deny[0] src/gen/**")
    assert (answers["a.py"].tier, answers["a.py"].rule) == (Tier.FORBIDDEN, "paths.allow")
    assert ask("echo x > src/gen/a.py", under).tier is Tier.FORBIDDEN
    assert ask("rm -rf src", under).tier is Tier.FORBIDDEN
    assert ask("cat a.py", under).tier is Tier.AUTONOMOUS


def test_the_scope_of_paths_ignores_case_where_it_denies_and_not_where_it_allows() -> None:
    denied = policy(autonomous=["write"], paths={"deny": ["secrets/**"]})
    assert ask(WriteFile(path="Secrets/a", content=b""), denied).tier is Tier.FORBIDDEN
    allowed = policy(autonomous=["write"], paths={"allow": ["src/**"]})
    assert ask(WriteFile(path="SRC/a", content=b""), allowed).tier is Tier.FORBIDDEN


# Confidence.


@pytest.mark.parametrize(
    ("confidence", "verdict"),
    [
        (1.0, Verdict.EXECUTE),
        (0.90, Verdict.EXECUTE),
        (0.8999, Verdict.FLAG),
        (0.70, Verdict.FLAG),
        (0.6999, Verdict.ASK),
        (0.50, Verdict.ASK),
        (0.4999, Verdict.COLLAPSE),
        (0.0, Verdict.COLLAPSE),
        (-1.0, Verdict.COLLAPSE),
        (math.nan, Verdict.COLLAPSE),
    ],
)
def test_what_a_confidence_allows(confidence: float, verdict: Verdict) -> None:
    assert judge_confidence(confidence, Thresholds()) is verdict


def test_confidence_flags_or_asks() -> None:
    under = policy(autonomous=["run_tests"])
    sure, flagged, asked, lost = (ask("pytest", under, confidence=value) for value in (0.95, 0.8, 0.6, 0.1))
    assert (sure.tier, sure.flagged) == (Tier.AUTONOMOUS, False)
    assert (flagged.tier, flagged.flagged, flagged.layer) == (Tier.AUTONOMOUS, True, "confidence")
    assert (asked.tier, asked.layer) == (Tier.REQUIRES_APPROVAL, "confidence")
    assert (lost.tier, lost.layer) == (Tier.REQUIRES_APPROVAL, "confidence")


def test_confidence_never_allows() -> None:
    under = policy(autonomous=["run_tests"])
    assert ask("git push --force", under, confidence=1.0).tier is Tier.FORBIDDEN
    assert ask("frob", under, confidence=1.0).tier is Tier.REQUIRES_APPROVAL
    assert ask("git push --force", under, confidence=0.0).tier is Tier.FORBIDDEN


# Plans.


def task(kind: ActionKind, *texts: str, blocked: tuple[str, ...] = ()) -> Task:
    actions = [PlannedAction(action=shell(text)) for text in texts]
    actions += [PlannedAction(action=shell(text), expect=Expectation(blocked=True)) for text in blocked]
    return Task(id="t", title="T", kind=kind, actions=tuple(actions))


@pytest.mark.parametrize(
    ("planned", "tier"),
    [
        (task(ActionKind.RUN_TESTS, "pytest"), Tier.AUTONOMOUS),
        (task(ActionKind.RUN_TESTS), Tier.AUTONOMOUS),
        (task(ActionKind.RUN_TESTS, "pytest", "pip install x"), Tier.REQUIRES_APPROVAL),
        (task(ActionKind.RUN_TESTS, "pytest", "git push --force"), Tier.FORBIDDEN),
        (task(ActionKind.ADD_DEPENDENCY, "pytest"), Tier.REQUIRES_APPROVAL),
        (task(ActionKind.PUSH), Tier.FORBIDDEN),
        (task(ActionKind.PUSH, "pytest"), Tier.FORBIDDEN),
        (task(ActionKind.FORCE_PUSH), Tier.FORBIDDEN),
        (task(ActionKind.RUN, "pytest"), Tier.AUTONOMOUS),
        (task(ActionKind.RUN), Tier.REQUIRES_APPROVAL),
        (task(ActionKind.RUN, "pytest", blocked=("git push --force",)), Tier.AUTONOMOUS),
        (task(ActionKind.PUSH, blocked=("git push",)), Tier.AUTONOMOUS),
    ],
)
def test_the_tier_of_a_task_is_the_worst_in_it(planned: Task, tier: Tier) -> None:
    """PLAN-2; what is there to be stopped is no reason to stop the plan."""
    assert plan_tier(planned, starter("software-engineer")).tier is tier


def test_a_check_counts_like_an_action() -> None:
    check = (PlannedAction(action=shell("git push")),)
    planned = Task(id="t", title="T", kind=ActionKind.RUN_TESTS, accept=check)
    assert plan_tier(planned, starter("software-engineer")).tier is Tier.FORBIDDEN


def test_a_kind_granted_for_some_subjects_is_judged_by_its_actions() -> None:
    under = policy(autonomous=["run(frob *)", "write_docs(docs/**)"])
    write = PlannedAction(action=WriteFile(path="docs/a.md", content=b""))
    planned = Task(id="t", title="T", kind=ActionKind.WRITE_DOCS, actions=(write,))
    assert plan_tier(planned, under).tier is Tier.AUTONOMOUS
    assert plan_tier(Task(id="t", title="T", kind=ActionKind.WRITE_DOCS), under).tier is Tier.REQUIRES_APPROVAL


@pytest.mark.parametrize("kind", sorted(ALWAYS_FORBIDDEN))
def test_a_task_of_a_kind_that_no_role_grants_is_forbidden(kind: ActionKind) -> None:
    assert plan_tier(task(kind), starter("devops-engineer")).tier is Tier.FORBIDDEN


def test_a_decision_is_the_same_every_time() -> None:
    action = RunCommand(argv=("pip", "install", "x"))
    under = starter("software-engineer")
    assert ask(action, under) == ask(action, under)
