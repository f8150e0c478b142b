"""What can be seen in a text that another language runs: `python -c "os.system('git push --force')"`.

Such a text is a doubt whatever it says. Looked for here are only its string literals that read like shell commands, so
that what is forbidden and in plain sight is forbidden rather than asked about.
"""

import re

from orion_tui.core.aegis.invocation import Invocation

_LITERAL = re.compile(r"'((?:[^'\\\n]|\\.)*)'|\"((?:[^\"\\\n]|\\.)*)\"|`([^`\n]*)`")
#: Lists of words, as subprocess takes them: ["git", "push", "--force"].
_LIST = re.compile(r"\[\s*((?:['\"][^'\"\n]*['\"]\s*,?\s*)+)\]")
_WORD = re.compile(r"['\"]([^'\"\n]*)['\"]")

MAX_LITERALS = 50


def judge(call: Invocation, text: str) -> None:
    """Classify every literal of `text` that has the look of a command or a path. The caller has noted the doubt."""
    found = [next(group for group in match if group is not None) for match in _groups(text)]
    found += [" ".join(_WORD.findall(match.group(1))) for match in _LIST.finditer(text)]
    for literal in dict.fromkeys(found[:MAX_LITERALS]):
        if re.search(r"\S\s+\S", literal):
            call.script(literal)
        elif "/" in literal and not literal.startswith(("http:", "https:")):
            call.hazards((literal,))


def _groups(text: str) -> list[tuple[str | None, ...]]:
    return [match.groups() for match in _LITERAL.finditer(text)]
