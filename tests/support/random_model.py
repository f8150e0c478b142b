"""A model that talks nonsense in the right form: valid by the schemas of its tools, and meaningless.

The same seed gives the same nonsense for the same questions.
"""

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any, cast

from tests.support.agent import tools_of
from tests.support.model_server import Act, Answer, Asked, Call

_WORDS = ("a", "app.py", "test_app.py", "src/x.py", "docs/a.md", "new.txt", ".gitignore", "VALUE = 1", "VALUE = 2", "ü")
_ODD = (
    "",
    " ",
    "\0",
    "\x1b[2J",
    "\u202e",
    "\ud800",
    "..",
    "/",
    "\\",
    "'",
    '"',
    "$(x)",
    "\n",
    "\t",
    "a" * 300,
    "🙂",
    "-x",
)
_COMMANDS = (
    "python3 -m unittest -q",
    "ls",
    "cat app.py",
    "echo hello",
    "false",
    "true",
    "git status",
    "grep -r VALUE .",
    "touch made.txt",
    "rm -f made.txt",
    "sh -c 'exit 3'",
    "head -c 3000000 /dev/zero",
    "mkdir -p deep/er && echo x > deep/er/f",
)


class RandomModel:
    """A brain for `rogue.play`."""

    def __init__(self, seed: int, *, steps: int) -> None:
        self.dice = random.Random(seed)
        self.left = steps
        self._ids = 0
        self._turn = 0

    def __call__(self, asked: Asked) -> Act:
        """One answer."""
        names = tools_of(asked)
        schemas = dict(zip(names, self._schemas(asked), strict=True))
        if not schemas:
            return self._answer(self._text(400), ())
        if "submit_plan" in schemas:
            return self._answer("", [self._plan()])
        if "keep_plan" in schemas:
            return self._answer("", [self._replan(schemas)])
        self._turn += 1
        if self.left <= 0 or self._turn % 23 == 0:
            return self._answer("", [self._named("finish", self._finish())])
        if self.dice.random() < 0.03:
            return self._answer(self._text(200), ())
        count = self.dice.choice((1, 1, 1, 2, 3))
        self.left -= count
        calls = [self._call(schemas) for _ in range(count)]
        return self._answer(self._text(40) if self.dice.random() < 0.3 else "", calls)

    def _answer(self, text: str, calls: Sequence[Call]) -> Answer:
        finish = self.dice.choice(("fits",) * 30 + ("length",))
        return Answer(
            text=text if text or calls else "x",
            calls=calls,
            finish=finish,
            piece=2_000,
            input_tokens=self.dice.randrange(0, 60),
            output_tokens=self.dice.randrange(0, 60),
        )

    def _schemas(self, asked: Asked) -> list[Mapping[str, Any]]:
        tools: list[dict[str, Any]] = asked.body.get("tools") or []
        return [tool.get("input_schema") or tool["function"]["parameters"] for tool in tools]

    def _named(self, name: str, arguments: object) -> Call:
        self._ids += 1
        return Call(name=name, arguments=json.dumps(arguments), id=self.dice.choice((f"c{self._ids}", "same", "")))

    def _call(self, schemas: Mapping[str, Mapping[str, Any]]) -> Call:
        # A question stands until a person answers: few of them.
        name = self.dice.choice(
            [name for name in schemas for _ in range(1 if name in {"ask_person", "finish"} else 12)]
        )
        if name == "finish":
            return self._named(name, self._finish())
        if name == "run" and self.dice.random() < 0.8:
            return self._named(name, {"command": self.dice.choice(_COMMANDS), "timeout_seconds": 5})
        value = cast("dict[str, Any]", self._value(schemas[name]))
        if name == "run":
            value["timeout_seconds"] = 2
        return self._named(name, value)

    def _finish(self) -> dict[str, Any]:
        outcome = self.dice.choice(("done",) * 9 + ("impossible",))
        confidence = self.dice.choice((1, 0.95, 0.8, 0.6, 0.3))
        return {"outcome": outcome, "summary": self._text(60) or "x", "confidence": confidence}

    def _plan(self) -> Call:
        count = self.dice.randrange(8, 40)
        tasks: list[dict[str, Any]] = [self._task(f"t{at}", at) for at in range(count)]
        return self._named("submit_plan", {"title": self._text(30) or "t", "description": "", "tasks": tasks})

    def _task(self, name: str, at: int) -> dict[str, Any]:
        needs = [f"t{self.dice.randrange(at)}"] if at and self.dice.random() < 0.2 else []
        return {
            "id": name,
            "title": f"Task {name} {self.dice.choice(_WORDS)}",
            "description": self._text(100),
            "kind": self.dice.choice(("write_code", "run_tests", "write_docs", "delete_files")),
            "needs": needs,
            "accept": [{"run": self.dice.choice(("true", "ls", "python3 -m unittest -q"))}] * self.dice.randrange(2),
            "estimate_minutes": self.dice.randrange(100),
            "confidence": self.dice.choice((1.0, 0.95, 0.8, 0.6)),
        }

    def _replan(self, schemas: Mapping[str, Mapping[str, Any]]) -> Call:
        name = self.dice.choice(("keep_plan",) * 6 + ("revise_plan",) * 3 + ("nonsense",))
        if name == "revise_plan":
            self._ids += 1
            tasks = [self._task(f"r{self._ids}-{at}", 0) for at in range(self.dice.randrange(1, 9))]
            return self._named(name, {"reason": "another way", "tasks": tasks})
        return self._named(name, self._value(schemas.get(name, {"type": "object", "properties": {"reason": {}}})))

    def _value(self, schema: Mapping[str, Any]) -> object:
        if "enum" in schema:
            return self.dice.choice(schema["enum"])
        match schema.get("type", "string"):
            case "object":
                required = schema.get("required", ())
                return {
                    name: self._value(inner)
                    for name, inner in schema.get("properties", {}).items()
                    if name in required or self.dice.random() < 0.4
                }
            case "array":
                return [self._value(schema["items"]) for _ in range(self.dice.randrange(4))]
            case "integer":
                return self.dice.choice((1, 2, 3, 50, 10**6, schema.get("minimum", 0)))
            case "number":
                return self.dice.choice((0, 0.5, 1, 1.0, 2, schema.get("maximum", 10)))
            case "boolean":
                return self.dice.random() < 0.5
            case _:
                return self._text(30)

    def _text(self, most: int) -> str:
        pool = _WORDS if self.dice.random() < 0.7 else (*_WORDS, *_ODD)
        return "".join(self.dice.choice(pool) for _ in range(self.dice.randrange(1, 4)))[: max(most, 1)]
