"""Options by which a checker or compiler is told to run something else than itself.

A test runner or linter runs code of the workspace: that is what its kind stands for, and the code is there to be
reviewed. An option that names another program, or carries code itself, is something else.
"""

import re
from collections.abc import Iterable

#: Parts of option names that hand over a program, a module or code.
_TELLING = re.compile(
    r"hook|exec|command|cmd|require|eval|script|shell|program|interpreter|wrapper|override|bootstrap|listener|external"
    r"|vettool|toolexec|runner|loader|plugin|pythonpath|helper|lua|launcher|compiler|linker|fuse-ld|filter-prog|engine"
    r"|preload|pre-run|post-run|post-build|pre-build|^--?import$|^--?init$|toolchain|specs|processor"
)
#: Options that only sound like it.
_INNOCENT = frozenset(
    {
        *("--import-mode", "--runInBand", "--testRunner", "--no-plugins", "--disable-plugin-autoload", "--keep-runner"),
        *("--reruns", "--no-hooks", "--executable-cases", "--filter", "--explicit-package-bases", "--no-eval"),
    }
)


def telling(args: Iterable[str]) -> str:
    """The first option that may run something else; empty when there is none."""
    for arg in args:
        name = arg.partition("=")[0]
        if arg.startswith("-") and name not in _INNOCENT and _TELLING.search(name.casefold()):
            return name
        if re.match(r"(?:data|javascript|https?|ext):", arg.partition("=")[2] or arg):
            return arg
        if "linker=" in arg:
            return name
    return ""
