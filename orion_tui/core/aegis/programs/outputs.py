"""Where checkers and builders write: options (and operands) that name a file or directory, claimed as a write.

What such a program writes by itself (a cache, `dist/`) is part of its kind. A place that is named on the command line
is an author's choice, and may be `.github`, `.gitattributes` or the sources.
"""

import re
from collections.abc import Iterator

import attrs

from orion_tui.core.aegis.invocation import Invocation
from orion_tui.core.aegis.places import Where


@attrs.frozen(kw_only=True)
class _Outputs:
    #: Options that name one file.
    files: frozenset[str] = frozenset()
    #: Options that name a directory, below which files appear.
    directories: frozenset[str] = frozenset()
    #: Options that name a directory which is emptied first.
    emptied: frozenset[str] = frozenset()
    #: Operands that are directories: from this one on.
    operands: int | None = None


def _of(files: str = "", directories: str = "", *, emptied: str = "", operands: int | None = None) -> _Outputs:
    return _Outputs(
        files=frozenset(files.split()),
        directories=frozenset(directories.split()),
        emptied=frozenset(emptied.split()),
        operands=operands,
    )


_PYTEST = _of(
    "--junitxml --junit-xml --log-file --debug --html --css --report-log --resultlog --csv --json-report-file "
    "--benchmark-json --md-report-output --durations-path --testmon-datafile --excelreport --ctrf",
    "--alluredir --allure-dir --benchmark-storage --cov-report --profile-svg --pstats-dir --output --snapshot-dir",
    emptied="--basetemp",
)
_MYPY = _of(
    "--junit-xml --timing-stats --line-checking-stats",
    "--html-report --xml-report --txt-report --cobertura-xml-report --any-exprs-report --linecount-report "
    "--linecoverage-report --lineprecision-report --xslt-html-report --xslt-txt-report --memory-xml-report --cache-dir",
)
_JAVASCRIPT = _of(
    "-o --output-file --outputFile --outfile --out-file --metafile --cache-file --cache-location --file --outFile "
    "--tsBuildInfoFile --json-file",
    "--coverageDirectory --coverage.reportsDirectory --cacheDirectory --outdir --out-dir --outDir --output-path "
    "--dist-dir --cache-dir --declarationDir --dir --declaration-dir --output",
)
_COMPILER = _of("-MF -o", "-d -dumpdir --out-dir --builddir --prefix --target-dir")
_PIP = _of("--report --log", "-t --target --prefix --root -w --wheel-dir -d --dest --destination-directory --src")
_DOCUMENTS = _of(
    "-o --output --log -w --json",
    "-d --site-dir --dest-dir --destination --output-dir --output-directory --out --outdir -D",
)

#: By the name of the program, or of the module that `python -m` runs.
_TABLE: dict[str, _Outputs] = {
    **dict.fromkeys(("pytest", "py.test"), _PYTEST),
    **dict.fromkeys(("mypy", "dmypy"), _MYPY),
    "ruff": _of("-o --output-file", "--cache-dir"),
    **dict.fromkeys(("flake8", "pycodestyle", "pydocstyle", "cppcheck"), _of("--output-file", "--cppcheck-build-dir")),
    **dict.fromkeys(("pylint", "bandit", "vulture", "radon", "semgrep", "pytype"), _of("-o --output -O --output-file")),
    "pyright": _of("", "--createstub"),
    "coverage": _of("-o --data-file --debug-file", "-d --directory"),
    "nose2": _of("--junit-xml-path"),
    "nosetests": _of("--xunit-file --cover-xml-file", "--cover-html-dir"),
    "trial": _of("--logfile -l --profile-file", "--temp-directory"),
    "behave": _of("-o --outfile", "--junit-directory"),
    "robot": _of("-o --output -l --log -r --report -x --xunit -b --debugfile", "-d --outputdir"),
    **dict.fromkeys(("eslint", "stylelint", "jest", "vitest", "ava", "tap", "karma", "playwright"), _JAVASCRIPT),
    **dict.fromkeys(("tsc", "vue-tsc", "webpack", "rollup", "esbuild", "parcel", "swc", "babel"), _JAVASCRIPT),
    "rubocop": _of("-o --out --cache-root"),
    "rspec": _of("-o --out"),
    "golangci-lint": _of("--out --output.text.path --output.json.path --output.junit-xml.path --output.html.path"),
    "gotestsum": _of("--junitfile --jsonfile --jsonfile-timing-events"),
    "ctest": _of("-O --output-log --output-junit"),
    "bats": _of("", "-o --output --report-formatter-output"),
    "phpunit": _of(
        "--log-junit --log-teamcity --testdox-html --testdox-text --coverage-clover --coverage-cobertura "
        "--coverage-php --coverage-text --coverage-crap4j",
        "--coverage-html --coverage-xml --cache-directory",
    ),
    "clang-tidy": _of("--export-fixes -export-fixes"),
    "checkov": _of("", "--output-file-path"),
    "build": _of("", "-o --outdir"),
    **dict.fromkeys(("venv", "virtualenv"), _of("", operands=0)),
    **dict.fromkeys(("pip", "pipx"), _PIP),
    "uv": _of("-o --output-file --export-file", "--out-dir --cache-dir --target --prefix"),
    **dict.fromkeys(("poetry", "pdm", "hatch", "flit"), _of("", "-o --output -d --dest")),
    "cargo": _of("", "--target-dir --out-dir --artifact-dir --root"),
    "go": _of(
        "-o -coverprofile -cpuprofile -memprofile -blockprofile -mutexprofile -trace --coverprofile -test.coverprofile",
        "-outputdir --outputdir -test.outputdir -pkgdir",
    ),
    "cmake": _of("", "-B --install-prefix --prefix"),
    "meson": _of("", "--prefix --builddir -C --destdir"),
    **dict.fromkeys(("gcc", "g++", "cc", "c++", "clang", "clang++", "rustc", "javac", "kotlinc", "scalac"), _COMPILER),
    "dotnet": _of("", "-o --output -r --results-directory --artifacts-path"),
    "swift": _of("", "--build-path --scratch-path --cache-path"),
    "sphinx-build": _of("-w --warning-file", "-d --doctree-dir", operands=1),
    **dict.fromkeys(("mkdocs", "mdbook", "jekyll", "hugo", "pandoc", "typedoc", "pdoc", "asciidoctor"), _DOCUMENTS),
}
_PROTOC = re.compile(r"--\w+_out")

#: Where builders and reports go by custom: what appears below them needs no name.
_CUSTOMARY = re.compile(
    r"(?:(?:docs?|packages|reports|\.cache|coverage)/)?(?:build|dist|out|target|site|public|html|htmlcov|coverage|_build|lib"
    r"|wheelhouse|reports?|test-results|results|\.?venv|\.(?:mypy|ruff|pytest|cache)_cache|\.cache|tmp|obj|bin)(?:/[^.].*)?"
    r"|(?:.*/)?(?:_?vendor(?:ed)?|third_party|node_modules)(?:/[^.].*)?"
)
_WHOLE = frozenset(
    (
        "--cov",
        "--cache",
        "--coverage",
        "--target",
        "--json",
        "--debug",
        "--output-format",
        "--report",
        "--log",
        "--tsBuild",
    )
)
_NOWHERE = frozenset({"", "-", "/dev/null", "/dev/stdout", "/dev/stderr"})


def claim_outputs(call: Invocation) -> None:
    """Claim writing every place that the arguments name for output."""
    table = _TABLE.get(call.name)
    if call.name == "protoc":
        table = _of("", " ".join(arg.partition("=")[0] for arg in call.args if _PROTOC.match(arg)))
    if table is None:
        return
    for value in _values(call.args, table.files):
        _write(call, value)
    for value in _values(call.args, table.directories):
        # `--cov-report xml:FILE`, `--plugin_out=OPTIONS:DIRECTORY`
        _write_below(call, value.rpartition(":")[2] if ":" in value else value if not _is_format(call, value) else "")
    for value in _values(call.args, table.emptied):
        if value not in _NOWHERE:
            call.delete(value, whole=True)
        _write_below(call, value)
    if table.operands is not None:
        operands = call.parse(("--prompt", "--upgrade-deps", "-p", "--python", "-b", "-c", "-D", "-j", "-t")).operands
        for value in operands[table.operands : table.operands + 1] if table.operands else operands:
            _write_below(call, value)


def _is_format(call: Invocation, value: str) -> bool:
    return call.name in {"pytest", "py.test"} and value.partition("=")[0] in {
        *("term", "term-missing", "annotate", "html", "xml", "json", "lcov", "markdown", "markdown-append"),
    }


def _write(call: Invocation, path: str) -> None:
    if path not in _NOWHERE:
        call.write(path)


def _write_below(call: Invocation, path: str) -> None:
    if path in _NOWHERE:
        return
    place = call.place(path)
    if place.where is Where.WORKSPACE and _CUSTOMARY.fullmatch(place.path):
        return
    call.write(path)
    if place.where is Where.WORKSPACE:
        call.doubt(f"{call.name} writes files below {place.path} that have no name here")


def _values(args: tuple[str, ...], names: frozenset[str]) -> Iterator[str]:
    """The values given to these options, in every spelling: `--out X`, `--out=X`, `--ou X`, `-oX`, `-qo X`, `-o=X`."""
    for index, arg in enumerate(args):
        if arg == "--":
            return
        if not arg.startswith("-") or not names:
            continue
        name, equals, value = arg.partition("=")
        following = args[index + 1] if index + 1 < len(args) else ""
        if _is_among(name, names):
            yield value if equals else following
        elif not arg.startswith("--"):
            for short in (name for name in names if len(name) == 2):
                if arg.startswith(short):
                    yield arg[2:].removeprefix("=")
                elif re.fullmatch(r"-[A-Za-z]{1,4}" + re.escape(short[1]), arg):
                    yield following


def _is_among(given: str, names: frozenset[str]) -> bool:
    """Whether it is one of them; a long one also by a beginning of it, or with a further part (`--outputFile.junit`).

    What is an option of its own stands for no longer one.
    """
    if given in names:
        return True
    if not given.startswith("--") or len(given) < 5 or given in _WHOLE:
        return False
    return any(name.startswith(given) or given.startswith(f"{name}.") for name in names if name.startswith("--"))
