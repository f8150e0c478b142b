import pytest

from orion_tui.core.aegis.places import Where, resolve, system_program

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("path", "where", "leads_to"),
    [
        ("src/a.py", Where.WORKSPACE, "src/a.py"),
        ("./src//a.py", Where.WORKSPACE, "src/a.py"),
        ("src/../a.py", Where.WORKSPACE, "a.py"),
        (".", Where.WORKSPACE, "."),
        ("/workspace", Where.WORKSPACE, "."),
        ("/workspace/a", Where.WORKSPACE, "a"),
        ("//workspace//a", Where.WORKSPACE, "a"),
        ("$PWD/a", Where.WORKSPACE, "a"),
        ("${PWD}", Where.WORKSPACE, "."),
        ("..", Where.HOST, "/"),
        ("../x", Where.HOST, "/x"),
        ("a/../../x", Where.HOST, "/x"),
        ("/workspacex/a", Where.UNKNOWN, "/workspacex/a"),
        ("/", Where.HOST, "/"),
        ("/etc/passwd", Where.HOST, "/etc/passwd"),
        ("/etc/os-release", Where.SYSTEM, "/etc/os-release"),
        ("/usr/share/x", Where.SYSTEM, "/usr/share/x"),
        ("/usr/../etc/x", Where.HOST, "/etc/x"),
        ("/tmp/x", Where.SCRATCH, "/tmp/x"),
        ("/tmp/../root/x", Where.HOST, "/root/x"),
        ("/home/agent/x", Where.SCRATCH, "/home/agent/x"),
        ("/home/agentx/x", Where.HOST, "/home/agentx/x"),
        ("~/x", Where.SCRATCH, "/home/agent/x"),
        ("~root/x", Where.HOST, "/root/x"),
        ("~bob/x", Where.HOST, "/home/bob/x"),
        ("$HOME/x", Where.SCRATCH, "/home/agent/x"),
        ("${HOME}/../bob", Where.HOST, "/home/bob"),
        ("~/.ssh/id_rsa", Where.CREDENTIALS, "/home/agent/.ssh/id_rsa"),
        ("/root/.aws/credentials", Where.CREDENTIALS, "/root/.aws/credentials"),
        ("/etc/shadow", Where.CREDENTIALS, "/etc/shadow"),
        (".ssh/config", Where.WORKSPACE, ".ssh/config"),
        ("~/.orion/x", Where.ORION, "/home/agent/.orion/x"),
        ("/root/.orion", Where.ORION, "/root/.orion"),
        (".orion/x", Where.WORKSPACE, ".orion/x"),
        ("/dev/null", Where.SCRATCH, "/dev/null"),
        ("/dev/fd/3", Where.SCRATCH, "/dev/fd/3"),
        ("/dev/sda", Where.HOST, "/dev/sda"),
        ("/dev/tcp/1.2.3.4/80", Where.NETWORK, "1.2.3.4"),
        ("/proc/cpuinfo", Where.SYSTEM, "/proc/cpuinfo"),
        ("/proc/self/environ", Where.HOST, "/proc/self/environ"),
        ("/api/v1", Where.UNKNOWN, "/api/v1"),
    ],
)
def test_where_a_path_leads(path: str, where: Where, leads_to: str) -> None:
    place = resolve(path)
    assert (place.where, place.path) == (where, leads_to)


def test_a_path_is_read_from_where_the_command_stands() -> None:
    assert resolve("x", "/workspace/sub").path == "sub/x"
    assert resolve("..", "/workspace/sub").path == "."
    assert resolve(".ssh/id_rsa", "/home/agent").where is Where.CREDENTIALS
    assert resolve("x", "/").where is Where.HOST


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/usr/bin/git", "git"),
        ("/bin/../usr/bin/git", "git"),
        ("/usr/local/bin/x", "x"),
        ("/usr/lib/git", None),
        ("/tmp/git", None),
        ("git", None),
    ],
)
def test_the_systems_own_programs(path: str, name: str | None) -> None:
    assert system_program(path) == name
