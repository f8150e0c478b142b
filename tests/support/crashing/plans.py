"""Plans whose outcome does not depend on when the supervisor dies: one with every kind of step, and random ones."""

from random import Random

#: Every kind of step, in an order in which questions come while other work goes on. Commands are `unittest` modules,
#: so that role `software-engineer` lets them run; `{pause}` is how many seconds the long ones take.
EVERY_KIND = """
- id: writes
  title: Write two files
  kind: write_docs
  actions:
    - write: {{path: docs/one.md, content: one}}
    - write: {{path: docs/deep/two.md, content: "two\\n"}}
- id: edits
  title: Edit a file twice
  kind: write_code
  needs: [writes]
  actions:
    - edit: {{path: app.py, old: "VALUE = 1", new: "VALUE = 2"}}
    - edit: {{path: app.py, old: "VALUE = 2", new: "VALUE = 3"}}
- id: deletes
  title: Delete a file
  kind: delete_files
  needs: [edits]
  actions:
    - write: {{path: docs/kept.md, content: kept}}
    - delete: old.py
- id: makes
  title: Run what changes files
  kind: run_tests
  needs: [edits]
  actions:
    - write:
        path: test_make.py
        content: |
          import pathlib, time
          for name in ("docs/made-1.md", "docs/made-2.md"):
              with open(name, "a") as file:
                  file.write("made\\n")
              time.sleep({pause})
          pathlib.Path("docs/one.md").unlink()
          print("made")
    - run: python3 -m unittest -q test_make
      expect: {{exit: any}}
- id: prints
  title: Run what only prints
  kind: run_tests
  needs: [makes]
  actions:
    - run: python3 -m unittest -q test_app
      expect: {{exit: any}}
    - run: python3 -m unittest -q test_app
      expect: {{exit: any}}
- id: asks
  title: Run what needs an approval
  kind: add_dependency
  needs: [writes]
  actions:
    - write: {{path: docs/asked.md, content: asked}}
    - run: pip install ./nothing
      expect: {{exit: any}}
    - write: {{path: docs/answered.md, content: answered}}
- id: fails
  title: Fail
  kind: run_tests
  needs: [writes]
  actions:
    - write: {{path: docs/never.md, content: never}}
    - run: python3 -m unittest -q test_that_is_not_there
    - write: {{path: docs/never-2.md, content: never}}
- id: held
  title: Need what failed
  kind: write_docs
  needs: [fails]
  actions: [{{write: {{path: docs/held.md, content: held}}}}]
- id: flagged
  title: Be less than sure
  kind: write_docs
  confidence: 0.8
  needs: [writes]
  actions:
    - write: {{path: docs/flagged.md, content: flagged}}
    - run: python3 -m unittest -q test_app
      expect: {{exit: any}}
- id: checked
  title: Be checked
  kind: write_tests
  needs: [writes]
  actions:
    - write:
        path: test_checked.py
        content: |
          import unittest


          class T(unittest.TestCase):
              def test(self):
                  pass
  accept:
    - run: python3 -m unittest -q test_checked
- id: forbidden
  title: Show that the gate stops it
  kind: run
  actions:
    - run: git push --force origin main
      expect: {{blocked: true}}
- id: last
  title: Come last
  kind: write_docs
  needs: [asks, deletes, prints]
  actions: [{{write: {{path: docs/last.md, content: last}}}}]
"""

#: What becomes of its tasks, however often the supervisor dies.
STATUSES = {
    "writes": "done", "edits": "done", "deletes": "done", "makes": "flagged", "prints": "done", "asks": "done",
    "fails": "failed", "held": "blocked", "flagged": "flagged", "checked": "done", "forbidden": "done", "last": "done",
}  # fmt: skip


def every_kind(pause: float = 0.0) -> str:
    """The plan with every kind of step."""
    return EVERY_KIND.format(pause=pause)


def random_plan(random: Random) -> str:
    """A few tasks of random actions; no two touch the same file, so that their order decides nothing."""
    tasks: list[str] = []
    for number in range(random.randint(1, 4)):
        lines = [f"- id: t{number}", f"  title: Task {number}"]
        actions, kind, confidence = _actions(random, number)
        lines.append(f"  kind: {kind}")
        if confidence:
            lines.append("  confidence: 0.8")
        needs = [f"t{other}" for other in range(number) if random.random() < 0.3]
        lines.append(f"  needs: [{', '.join(needs)}]")
        lines.append("  actions:")
        lines += [f"    - {action}" for action in actions]
        if random.random() < 0.3:
            lines += ["  accept:", f"    - run: python3 -m unittest -q check_{number}"]
        tasks.append("\n".join(lines))
    return "\n".join(tasks)


def _actions(random: Random, number: int) -> tuple[list[str], str, bool]:
    actions: list[str] = []
    for index in range(random.randint(1, 4)):
        name = f"docs/t{number}-{index}.md"
        match random.choice(["write", "rewrite", "run", "make", "ask", "delete"]):
            case "write":
                actions.append(f"write: {{path: {name}, content: '{name}'}}")
            case "rewrite":
                actions.append(f"write: {{path: {name}, content: 'first'}}")
                actions.append(f"edit: {{path: {name}, old: 'first', new: 'second'}}")
            case "run":
                actions.append(f"run: python3 -m unittest -q print_{number}_{index}")
            case "make":
                actions.append(f"run: python3 -m unittest -q make_{number}_{index}")
            case "ask":
                actions.append(f"run: pip install ./nothing-{number}-{index}")
            case _:
                actions.append(f"write: {{path: {name}, content: 'short-lived'}}")
                actions.append(f"delete: {name}")
    if random.random() < 0.2:
        actions.append(f"run: python3 -m unittest -q fail_{number}")
    return actions, "write_docs", random.random() < 0.3
