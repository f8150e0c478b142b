import shlex
import shutil
import subprocess

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from orion_tui.core.aegis.shell import MAX_TEXT, parse
from orion_tui.core.aegis.shell_words import Command

pytestmark = pytest.mark.unit


def words(text: str) -> list[list[str]]:
    return [[word.text for word in command.words] for command in parse(text).commands]


def only(text: str) -> Command:
    script = parse(text)
    assert not script.doubts
    assert len(script.commands) == 1
    return script.commands[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pytest -q", [["pytest", "-q"]]),
        ("  pytest\t -q  ", [["pytest", "-q"]]),
        ("a; b", [["a"], ["b"]]),
        ("a && b || c | d", [["a"], ["b"], ["c"], ["d"]]),
        ("a\nb\n\nc", [["a"], ["b"], ["c"]]),
        ("a &&\n b", [["a"], ["b"]]),
        ("a | \\\n b", [["a"], ["b"]]),
        ("echo 'a b' \"c d\"e f\\ g", [["echo", "a b", "c de", "f g"]]),
        ("p\\ytest 'a'\"b\"c", [["pytest", "abc"]]),
        ("echo ''", [["echo", ""]]),
        ("echo a#b # comment; rm x", [["echo", "a#b"]]),
        ("# only a comment", []),
        ("", []),
        ('echo "a\\"b\\$c\\\\d"', [["echo", 'a"b$c\\d']]),
        ("echo '$(x)' '`y`' '${z}'", [["echo", "$(x)", "`y`", "${z}"]]),
        ("echo \\$x \\`y\\`", [["echo", "$x", "`y`"]]),
        ("echo a \\\n b", [["echo", "a", "b"]]),
        ("! grep x y", [["grep", "x", "y"]]),
        ("echo $", [["echo", "$"]]),
        ("echo if then", [["echo", "if", "then"]]),
        ("'if' x", [["if", "x"]]),
        ("find . -name '*.py' -exec x {} \\;", [["find", ".", "-name", "*.py", "-exec", "x", "{}", ";"]]),
        ("[ -f x ]", [["[", "-f", "x", "]"]]),
        ("git show HEAD~1 HEAD@{1}", [["git", "show", "HEAD~1", "HEAD@{1}"]]),
        ("ls src/*.py", [["ls", "src/*.py"]]),
        ("echo ~ ~/x", [["echo", "/home/agent", "/home/agent/x"]]),
    ],
)
def test_what_is_certain_is_read_without_a_doubt(text: str, expected: list[list[str]]) -> None:
    script = parse(text)
    assert [[word.text for word in command.words] for command in script.commands] == expected
    assert script.doubts == ()


@pytest.mark.parametrize(
    "text",
    [
        "echo $x",
        "echo ${x}",
        'echo "$x"',
        "echo $(x)",
        "echo `x`",
        'echo "$(x)"',
        "echo $((1+1))",
        "echo $1",
        "echo $@",
        "echo $?",
        "$x y",
        "a & b",
        "a &",
        "a &> x",
        "a |& b",
        "(a)",
        "{ a; }",
        "f() { a; }",
        "function f { a; }",
        "if a; then b; fi",
        "while a; do b; done",
        "until a; do b; done",
        "for x in y; do a; done",
        "case x in y) a;; esac",
        "[[ a ]]",
        "coproc a",
        "cat <<EOF\nx\nEOF",
        "cat <<-EOF\n\tx\n\tEOF",
        "cat <<'EOF'\nx\nEOF",
        "cat <<< x",
        "a <(b)",
        "a >(b)",
        "echo {a,b}",
        "echo {1..3}",
        "ls [ab]*",
        "ls *",
        "ls -*",
        "ls ?x",
        "ls a/.*",
        "p*test x",
        "echo $'x'",
        'echo $"x"',
        "echo 'open",
        'echo "open',
        "echo `open",
        "echo $(open",
        "echo ${open",
        "a >",
        "a > *",
        "a >& x",
        "a <& x",
        "x+=1",
        "x[0]=1 a",
        "x=(1 2)",
        "x=~/y a",
        "echo ~root",
        "echo \u00a0x",
        "echo a\u200bb",
        "echo a\u202eb",
        "a\r\nb",
        "a\x0bb",
        "echo \ud800",
        "echo $\\\nx",
        "echo $[1+1]",
        'echo "$[1+1]"',
        "echo $%",
        "a &\\\n& b",
        "ec\\\nho",
        'echo "$\\\nx"',
        "a " + "x" * MAX_TEXT,
    ],
)
def test_what_is_not_certain_is_a_doubt(text: str) -> None:
    assert parse(text).doubts


@pytest.mark.parametrize(
    "text",
    [
        "echo $(danger now)",
        "echo `danger now`",
        'echo "$(danger now)"',
        'echo "`danger now`"',
        "echo ${x:-$(danger now)}",
        "echo ${x:-`danger now`}",
        'echo "${x:-$(danger now)}"',
        "echo $(echo $(danger now))",
        "echo `echo \\`danger now\\``",
        "a <(danger now)",
        "a >(danger now)",
        "(danger now)",
        "{ danger now; }",
        "if x; then danger now; fi",
        "if danger now; then x; fi",
        "while danger now; do x; done",
        "for i in 1; do danger now; done",
        "case x in x) danger now;; esac",
        "f() { danger now; }; f",
        "function f { danger now; }",
        "x & danger now",
        "danger now &",
        "cat <<EOF\n$(danger now)\nEOF",
        "cat <<EOF\n`danger now`\nEOF",
        "cat <<EOF && danger now\nx\nEOF",
        "cat <<EOF\nx\nEOF\ndanger now",
        "x=$(danger now)",
        "x=`danger now` y",
        "y > $(danger now)",
        "echo $((1 + $(danger now)))",
        "until x; do y; done; danger now",
        "coproc danger now",
        "! danger now",
        "! ! danger now",
        "time=1 x; danger now",
        "echo a \\\n; danger now",
        "echo 'a\n' ; danger now",
        'echo "a\n" ; danger now',
        "echo a # b\ndanger now",
        "[[ x ]] && danger now",
        "{ x; } | danger now",
        "x | (danger now)",
        "x <<< $(danger now)",
        'x <<< "`danger now`"',
        'echo "a $(echo "b $(danger now)")"',
    ],
)
def test_commands_are_found_wherever_they_hide(text: str) -> None:
    assert ["danger", "now"] in words(text)


@pytest.mark.parametrize(
    "text",
    ["echo 'danger now'", 'echo "danger now"', "echo danger\\ now", "# danger now", "cat <<'EOF'\n$(danger now)\nEOF"],
)
def test_what_is_only_text_is_no_command(text: str) -> None:
    assert ["danger", "now"] not in words(text)


def test_redirections_name_their_file() -> None:
    command = only("a <in >out 2>>log 2>&1 >&- 3<>both >|force")
    assert [(r.operator, r.target.text, r.writes) for r in command.redirects] == [
        ("<", "in", False),
        (">", "out", True),
        (">>", "log", True),
        ("<>", "both", True),
        (">|", "force", True),
    ]
    assert [word.text for word in command.words] == ["a"]


def test_a_number_before_a_redirection_is_a_stream_only_when_it_touches_it() -> None:
    assert [word.text for word in only("echo 2 >x").words] == ["echo", "2"]
    assert [word.text for word in only("echo 2>x").words] == ["echo"]
    assert [word.text for word in only("echo '2'>x").words] == ["echo", "2"]


def test_assignments_stand_before_the_command() -> None:
    command = only("A=1 B='x y' cmd C=3")
    assert [(word.assigns, word.value) for word in command.assignments] == [("A", "1"), ("B", "x y")]
    assert [word.text for word in command.words] == ["cmd", "C=3"]


@pytest.mark.parametrize("text", ["'A'=1 cmd", "A\\=1 cmd", "1A=1 cmd", "=1 cmd", "a-b=1 cmd"])
def test_what_only_looks_like_an_assignment_is_a_word(text: str) -> None:
    assert not parse(text).commands[0].assignments


def test_operators_are_kept_with_the_command_after_them() -> None:
    assert [command.after for command in parse("a; b && c || d | e\nf").commands] == ["", ";", "&&", "||", "|", "\n"]
    assert [command.after for command in parse("a &&\n\n b").commands] == ["", "&&"]


def test_a_document_belongs_to_its_command() -> None:
    script = parse("cat <<A | sh <<'B'\nfirst\nA\nsecond\nB\nlast")
    assert [command.documents for command in script.commands] == [("first",), ("second",), ()]


@given(
    st.lists(
        st.text(alphabet=st.characters(codec="ascii", min_codepoint=32, max_codepoint=126)), min_size=1, max_size=5
    )
)
def test_quoted_words_come_back_as_they_were(argv: list[str]) -> None:
    assume(argv[0] not in {"", "!"})
    script = parse(shlex.join(argv))
    if not script.doubts:
        assert words(shlex.join(argv)) == [argv] or "=" in argv[0]


@given(st.text(max_size=60))
def test_reading_never_fails(text: str) -> None:
    parse(text)


@given(st.text(alphabet="ab '\"\\$`(){}<>|&;\n#~*=![]", max_size=30))
def test_reading_dense_syntax_never_fails(text: str) -> None:
    parse(text)


_SHELLS = [path for name in ("dash", "bash", "busybox") if (path := shutil.which(name))]


_PIECES = st.sampled_from(
    [
        *(
            "a",
            "b",
            " ",
            " ",
            "'a b'",
            '"b a"',
            '"a\\"b"',
            '"a\\b"',
            "\\;",
            "\\'",
            "\\\n",
            "'#'",
            "''",
            '""',
            "~",
            " ~/x",
            "{}",
            "@",
        ),
        *(
            ";",
            "&&",
            "||",
            "\n",
            " # b",
            "#",
            "!",
            "=",
            "a=",
            "'\\'",
            '"\\\\"',
            "$",
            '"$"',
            "[",
            "]",
            "1",
            "2",
            ",",
            "..",
            "%",
        ),
        *(" -n", "\t", "b;", "a\n", "'\n'", '"\\\n"', "\\ ", "\\#"),
    ]
)


@pytest.mark.parametrize("program", _SHELLS)
@given(pieces=st.lists(_PIECES, min_size=1, max_size=10))
@settings(max_examples=150)
def test_what_is_certain_means_the_same_to_a_real_shell(program: str, pieces: list[str]) -> None:
    """Whatever a real shell runs, with whatever arguments, was foreseen wherever no doubt was noted."""
    text = "a " + "".join(pieces)
    script = parse(text)
    assume(not script.doubts and all(not c.assignments and not c.redirects for c in script.commands))
    done = subprocess.run(
        # Every program that is not found prints what it was given.
        [
            program,
            *(["sh"] if program.endswith("busybox") else []),
            "-fc",
            'a() { printf "<%s>" a "$@"; echo; }\nb() { printf "<%s>" b "$@"; echo; }\n' + text,
        ],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
        stdin=subprocess.DEVNULL,
        env={"HOME": "/home/agent", "PATH": "/nonexistent"},
    )
    foreseen = ["".join(f"<{word.text}>" for word in command.words) + "\n" for command in script.commands]
    shown = done.stdout
    while shown:
        line = next((line for line in foreseen if shown.startswith(line)), None)
        assert line is not None, (shown, foreseen, done.stderr)
        shown = shown[len(line) :]


@pytest.mark.parametrize("name", ["A", "LD_PRELOAD", "QUEUE", "EDITOR", "_x9", "PATH"])
def test_every_name_is_seen_as_assigned(name: str) -> None:
    command = only(f"{name}=x cmd")
    assert [word.assigns for word in command.assignments] == [name]
    assert [word.text for word in command.words] == ["cmd"]


def test_letters_are_not_taken_for_quotes() -> None:
    assert [word.quoted for word in only("QUE E 'x' a\\b").words] == [False, False, True, True]
