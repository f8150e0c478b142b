"""Programs that reach beyond the machine: fetch, deploy, publish, provision."""

import re

from orion_tui.base.kinds import ActionKind
from orion_tui.core.aegis.invocation import Handler, Invocation
from orion_tui.core.aegis.programs.families import Entry, doubtful, family, looks

_DEPLOY, _PUBLISH, _INFRA = ActionKind.DEPLOY, ActionKind.PUBLISH, ActionKind.MODIFY_INFRASTRUCTURE
_CREDENTIALS = ActionKind.ACCESS_CREDENTIALS_STORE
_CURL_PLAIN = frozenset(
    {
        *(
            "-s",
            "-S",
            "-f",
            "-L",
            "-v",
            "-I",
            "-i",
            "-k",
            "-#",
            "-g",
            "-4",
            "-6",
            "-N",
            "--silent",
            "--fail",
        ),
        *(
            "--show-error",
            "--location",
            "--verbose",
            "--head",
            "--include",
            "--compressed",
            "--globoff",
        ),
        *("-o", "--output", "-m", "--max-time", "--connect-timeout", "--retry", "-A", "--user-agent", "-H", "--header"),
    }
)
_CURL_VALUES = (
    "-o",
    "--output",
    "-m",
    "--max-time",
    "--connect-timeout",
    "--retry",
    "-A",
    "--user-agent",
    "-H",
    "--header",
)
_MORE_VALUES = (
    "-d",
    "--data",
    "-X",
    "--request",
    "-T",
    "-F",
    "-u",
    "-x",
    "-K",
    "-b",
    "-c",
    "-e",
    "-w",
    "-E",
    "--url",
    "-P",
)


def _fetcher(call: Invocation) -> None:
    """curl and wget: the hosts of all addresses; what is sent, saved or redirected elsewhere is a doubt."""
    args = call.parse((*_CURL_VALUES, *_MORE_VALUES, "--output-document", "--directory-prefix"))
    for url in (*args.operands, *args.values("--url")):
        call.fetch(url if "://" in url else f"http://{url}")
    if not args.operands:
        call.doubt("an address that is not seen")
        call.claim(ActionKind.FETCH)
    for path in args.values("-o", "--output", "--output-document"):
        call.write(path)
    if not args.only(*_CURL_PLAIN) or call.name != "curl":
        call.doubt(f"an option of {call.name} that may send or save something else")
    if any(value.startswith("@") or "@/" in value for _, value in args.options if value):
        call.hazards(value.lstrip("@") for _, value in args.options if value)
    if args.has("-u", "--user", "--netrc", "-n", "--netrc-file", "-E", "--cert", "--key"):
        call.claim(_CREDENTIALS, "", "sends stored credentials")
    call.hazards()


def _machine(call: Invocation) -> None:
    """ssh, scp, sftp, telnet, nc: another machine."""
    takes = ("-i", "-p", "-l", "-o", "-P", "-F", "-J", "-L", "-R", "-D", "-W", "-b", "-c", "-e", "-w", "-s")
    args = call.parse(takes)
    hosts = [re.sub(r"^.*@|:.*$", "", arg) for arg in args.operands[:1]]
    if call.name in {"scp", "sftp"}:
        hosts = [re.sub(r"^.*@", "", arg.partition(":")[0]) for arg in args.operands if ":" in arg]
    for host in hosts or [""]:
        call.claim(ActionKind.FETCH, host.lower(), "another machine")
    if call.name in {"ssh", "scp", "sftp", "mosh"}:
        call.claim(_DEPLOY, "", "acts on another machine")
        if args.values("-i"):
            call.claim(_CREDENTIALS, "", "a private key")
        if len(args.operands) > 1 and call.name == "ssh":
            # What stands behind the host is run there, options and all.
            call.script(" ".join(call.args[call.args.index(args.operands[0]) + 1 :]))
    call.doubt("another machine")
    call.hazards(arg for arg in call.args if not re.match(r"[\w.-]+@", arg))


def _container(call: Invocation) -> None:
    words = [arg for arg in call.args if not arg.startswith("-")]
    if "push" in words[:2]:
        call.claim(_PUBLISH, "", "pushes an image")
        call.claim(_DEPLOY, "", "pushes an image")
    if words[:1] in (["login"], ["logout"]):
        call.claim(_CREDENTIALS)
    text = " ".join(call.args)
    mounts = re.findall(r"(?:-v|--volume|--mount)[ =]?(\S+)", text)
    if re.search(r"--privileged|--pid[= ]host|--net(?:work)?[= ]host|--cap-add|docker\.sock|--device", text) or any(
        mount.startswith(("/", "~")) or "source=/" in mount or "src=/" in mount for mount in mounts
    ):
        call.claim(ActionKind.ACCESS_HOST_FILESYSTEM, "", "a container with the host's files or rights")
    if words[:1] in (["swarm"], ["service"], ["stack"]) or (words[:1] == ["compose"] and "up" in words):
        call.claim(_DEPLOY)
    if words[:1] == ["build"]:
        call.claim(ActionKind.RUN_BUILD)
    call.doubt("containers of a machine")


def _always(*kinds: ActionKind, looking: tuple[str, ...] = ()) -> Handler:
    """A program that is of these kinds whatever it is told, but for subcommands that only look (and still fetch)."""

    def handler(call: Invocation) -> None:
        words = [arg for arg in call.args if not arg.startswith("-")]
        if set(call.args) <= {"--version", "--help", "-h", "version", "help"} and call.args:
            call.look()
            return
        call.claim(ActionKind.FETCH, "", f"{call.name} asks another machine")
        if not words or words[0] not in looking:
            for kind in kinds:
                call.claim(kind, "", " ".join((call.name, *words[:2])))
        if {"login", "token", "secret", "secrets", "credentials", "print-access-token", "get-token"} & set(words):
            call.claim(_CREDENTIALS, "", f"{call.name} {' '.join(words[:2])}")
        call.doubt("another machine")
        call.hazards()

    return handler


def _terraform(call: Invocation) -> None:
    words = [arg for arg in call.args if not arg.startswith("-")]
    if words[:1] in (["fmt"], ["validate"], ["version"]):
        call.claim(
            ActionKind.FORMAT_CODE if words[0] == "fmt" and "-check" not in call.args else ActionKind.RUN_LINTERS
        )
        call.hazards()
        return
    if not words or words[0] not in {"plan", "show", "output", "graph", "providers", "init", "get"}:
        call.claim(_DEPLOY, "", "changes what runs")
        call.claim(_INFRA, "", "changes infrastructure")
    call.claim(ActionKind.FETCH, "", "asks providers")
    call.doubt("another machine")
    call.hazards()


def _github(call: Invocation) -> None:
    words = [arg for arg in call.args if not arg.startswith("-")]
    match tuple(words[:2]):
        case ("repo", "delete" | "archive" | "rename"):
            call.claim(ActionKind.DELETE_REPOSITORY, "", f"{call.name} {' '.join(words[:2])}")
        case ("pr" | "mr", "merge"):
            call.claim(ActionKind.MERGE, "", "merges on the server")
        case ("release", _) if words[1] in {"create", "upload", "edit", "delete"}:
            call.claim(_PUBLISH)
        case ("workflow" | "run" | "ci", _):
            call.claim(_DEPLOY, "", "starts a pipeline")
            call.claim(ActionKind.MODIFY_CI_PIPELINE, "", "changes a pipeline")
        case ("auth" | "secret" | "ssh-key" | "gpg-key" | "variable", _):
            call.claim(_CREDENTIALS, "", f"{call.name} {words[0]}")
        case ("api", _):
            call.doubt("any request to the server")
            if {"DELETE", "-XDELETE", "--method=DELETE"} & set(call.args):
                call.claim(ActionKind.DELETE_REPOSITORY, "", "deletes on the server")
        case _:
            pass
    if words[:1] in (["pr"], ["mr"]) and words[1:2] == ["create"]:
        call.claim(ActionKind.PUSH, "", "opens a request on the server")
    call.claim(ActionKind.FETCH, "github.com" if call.name == "gh" else "", "asks the server")
    call.doubt("another machine")
    call.hazards()


def _migrations(call: Invocation) -> None:
    call.claim(ActionKind.CHANGE_SCHEMA, "", f"{call.name} changes a database")
    call.doubt("a database")
    call.hazards()


_TWINE: dict[str, Entry] = {"upload": _PUBLISH, "register": _PUBLISH, "check": looks}

PROGRAMS: dict[str, Handler] = {
    **dict.fromkeys(("curl", "wget", "http", "https", "xh", "aria2c", "lynx", "w3m", "links", "httpie"), _fetcher),
    **dict.fromkeys(
        (
            "ssh",
            "scp",
            "sftp",
            "mosh",
            "telnet",
            "nc",
            "ncat",
            "netcat",
            "socat",
            "ftp",
            "lftp",
            "nslookup",
            "dig",
            "ping",
        ),
        _machine,
    ),
    **dict.fromkeys(("docker", "podman", "nerdctl", "buildah", "docker-compose", "ctr", "crictl"), _container),
    **dict.fromkeys(
        ("kubectl", "oc", "k9s", "kustomize"),
        _always(_DEPLOY, _INFRA, looking=("get", "describe", "logs", "top", "version")),
    ),
    "helm": _always(_DEPLOY, _INFRA, looking=("list", "status", "template", "lint", "show", "search")),
    **dict.fromkeys(("terraform", "tofu", "terragrunt"), _terraform),
    **dict.fromkeys(
        (
            "ansible",
            "ansible-playbook",
            "ansible-pull",
            "pulumi",
            "cdk",
            "sam",
            "salt",
            "puppet",
            "chef-client",
            "packer",
        ),
        _always(_DEPLOY, _INFRA, looking=("--syntax-check",)),
    ),
    **dict.fromkeys(
        *(
            (
                *("vercel", "netlify", "fly", "flyctl", "heroku", "serverless", "sls", "wrangler", "firebase", "surge"),
                *(
                    "railway",
                    "render",
                    "eb",
                    "cap",
                    "fab",
                    "dokku",
                    "kamal",
                    "nomad",
                    "argocd",
                    "flux",
                    "skaffold",
                    "gh-pages",
                ),
                *(
                    "aws",
                    "gcloud",
                    "az",
                    "gsutil",
                    "doctl",
                    "linode-cli",
                    "ibmcloud",
                    "s3cmd",
                    "rclone",
                    "mc",
                    "oci",
                    "eksctl",
                ),
            ),
            _always(_DEPLOY),
        )
    ),
    "twine": family(_TWINE),
    **dict.fromkeys(
        ("goreleaser", "semantic-release", "release-it", "np", "vsce", "ovsx", "lerna", "changeset"), _always(_PUBLISH)
    ),
    **dict.fromkeys(("gh", "glab", "tea"), _github),
    **dict.fromkeys(
        ("alembic", "flyway", "liquibase", "prisma", "knex", "sequelize", "dbmate", "goose", "atlas"), _migrations
    ),
    "hg": family({"push": ActionKind.PUSH, "commit": ActionKind.COMMIT, "status": looks, "log": looks, "diff": looks}),
    "svn": family({"commit": ActionKind.PUSH, "status": looks, "log": looks, "diff": looks}),
    "mail": doubtful("a message to someone"),
    "sendmail": doubtful("a message to someone"),
}
