"""The authority block of a role file: three lists of rules, the legacy keys, and what AEGIS corrects in them."""

import attrs

from orion_tui.base.kinds import ALWAYS_FORBIDDEN, ActionKind, Tier
from orion_tui.roles.rules import Rule, RuleError, parse_rule
from orion_tui.roles.schema import Authority
from orion_tui.roles.yaml_node import Fields, Node

#: Keys of the ancestor's role files and the list that each became (ROLE-3).
LEGACY = {"allowed_actions": Tier.AUTONOMOUS, "blocked_actions": Tier.FORBIDDEN}


class AuthorityReader:
    """Reads one role's rules; collects warnings and corrections beside the problems that the nodes note."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.corrections: list[str] = []

    def read(self, role: Fields) -> Authority:
        """The authority block, or what the legacy keys say where it is empty."""
        block = role.get("authority")
        fields = block.fields() if block else None
        legacy = [key for key in LEGACY if role.get(key) is not None]
        given = {tier: fields.get(tier.value) for tier in Tier} if fields else {}
        if fields:
            fields.done()
        if not any(node is not None and node.children for node in given.values()):
            if legacy:
                return self._corrected(self._legacy(role, legacy))
            if block is None:
                role.require("authority")
                return Authority()
        for key in legacy:
            self.warnings.append(f"{key} is ignored: the authority block says what counts; remove the key")
        lists: dict[Tier, tuple[Rule, ...]] = {}
        seen: dict[tuple[ActionKind, str | None], str] = {}
        for tier in Tier:
            node = given.get(tier)
            if fields and (node is None or not node.children):
                (node or fields.node).problem(f"authority.{tier.value} needs at least one entry")
            lists[tier] = self._rules(node, tier.value, seen) if node else ()
        return self._corrected(lists)

    def hard_limits(self, role: Fields) -> tuple[Rule, ...]:
        """The user's own restrictions; each is a rule that forbids."""
        node = role.get("hard_limits")
        return self._rules(node, "hard_limits", {}) if node else ()

    def _legacy(self, role: Fields, keys: list[str]) -> dict[Tier, tuple[Rule, ...]]:
        lists: dict[Tier, tuple[Rule, ...]] = {}
        seen: dict[tuple[ActionKind, str | None], str] = {}
        for key in keys:
            tier = LEGACY[key]
            self.warnings.append(f"{key} is an old key: it is read as authority.{tier.value}")
            if node := role.get(key):
                lists[tier] = self._rules(node, tier.value, seen)
        self.warnings.append("no authority.requires_approval: whatever the other lists do not name needs approval")
        return lists

    def _rules(self, node: Node, place: str, seen: dict[tuple[ActionKind, str | None], str]) -> tuple[Rule, ...]:
        rules: list[Rule] = []
        for index, item in enumerate(node.items()):
            text = item.text()
            if text is None:
                continue
            try:
                rule = parse_rule(text, place=f"{place}[{index}]")
            except RuleError as error:
                item.problem(str(error))
                continue
            self._check(item, rule, place)
            first = seen.setdefault((rule.kind, rule.pattern), rule.place)
            if first != rule.place:
                same = first.partition("[")[0] == place
                item.problem(f"{rule.text} already stands at {first}" + ("" if same else "; one entry, one tier"))
            rules.append(rule)
        return tuple(rules)

    def _check(self, item: Node, rule: Rule, place: str) -> None:
        if place == Tier.AUTONOMOUS and rule.kind is ActionKind.FETCH and rule.pattern is None:
            item.problem("fetch needs a host to be autonomous, such as fetch(docs.python.org)")
        if place == Tier.AUTONOMOUS and rule.kind is ActionKind.USE_TOOL and rule.pattern is None:
            item.problem("use_tool needs a server to be autonomous, such as use_tool(tracker/*)")

    def _corrected(self, lists: dict[Tier, tuple[Rule, ...]]) -> Authority:
        """With what no role can grant moved under `forbidden`, and special paths under approval."""
        kept: dict[Tier, list[Rule]] = {tier: [] for tier in Tier}
        for tier in Tier:
            for rule in lists.get(tier, ()):
                target = tier
                if rule.kind in ALWAYS_FORBIDDEN and tier is not Tier.FORBIDDEN:
                    target = Tier.FORBIDDEN
                    self._correct(rule, target, "AEGIS always forbids it and no role can grant it")
                elif rule.kind is ActionKind.CHANGE_SPECIAL_PATH and tier is Tier.AUTONOMOUS:
                    target = Tier.REQUIRES_APPROVAL
                    self._correct(rule, target, "special paths always need approval by name")
                moved = rule if target is tier else attrs.evolve(rule, place=f"{rule.place} corrected to {target}")
                kept[target].append(moved)
        return Authority(
            autonomous=tuple(kept[Tier.AUTONOMOUS]),
            requires_approval=tuple(kept[Tier.REQUIRES_APPROVAL]),
            forbidden=tuple(kept[Tier.FORBIDDEN]),
        )

    def _correct(self, rule: Rule, target: Tier, reason: str) -> None:
        self.corrections.append(f"{rule.cited} counts as {target.value}: {reason}")
