"""Every kind of GATE-2 by Orion's own patterns alone. All secrets are made up here, so that no file holds one."""

import base64
import random
import string

import pytest

from orion_tui.core.aegis.secrets.detector import Detector

pytestmark = pytest.mark.unit

_DICE = random.Random(20_250_611)
_ALNUM = string.ascii_letters + string.digits
_URL = _ALNUM + "-_"
_UPPER = string.ascii_uppercase
_HEX = "0123456789abcdef"


def made(length: int, letters: str = _ALNUM) -> str:
    return "".join(_DICE.choice(letters) for _ in range(length))


def key_lines(size: int = 600) -> str:
    return base64.encodebytes(_DICE.randbytes(size)).decode("ascii")


def pem(label: str, *, header: str = "") -> str:
    mark = "PRIVATE" + " KEY"
    return f"-----BEGIN {label}{mark}-----\n{header}{key_lines()}-----END {label}{mark}-----\n"


def jwt() -> str:
    parts = (b'{"alg":"HS256","typ":"JWT"}', b'{"sub":"1234567890","iat":1516239022}', _DICE.randbytes(32))
    return ".".join(base64.urlsafe_b64encode(part).decode("ascii").rstrip("=") for part in parts)


AWS_ID = "AK" + "IA" + made(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
AWS_SECRET = made(40, _ALNUM + "/+")

TOKENS = {
    "AWS access key id": [AWS_ID, "AS" + "IA" + made(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")],
    "GitHub token": [
        *("gh" + f"{kind}_" + made(36) for kind in "pousr"),
        "github" + "_pat_" + made(22) + "_" + made(59),
    ],
    "GitLab token": ["gl" + "pat-" + made(20, _URL), "gl" + "rt-" + made(8) + "-" + made(20)],
    "Slack token": [
        "xo" + "xb-" + made(12, string.digits) + "-" + made(12, string.digits) + "-" + made(24),
        "xa" + "pp-1-A" + made(10, _UPPER) + "-" + made(13, string.digits) + "-" + made(64, _HEX),
    ],
    "Slack webhook": [
        "https://hooks.slack" + f".com/services/T{made(8, _UPPER)}/B{made(10, _UPPER)}/{made(24)}",
    ],
    "Google API key": ["AI" + "za" + made(35, _URL)],
    "Google OAuth secret": ["GOC" + "SPX-" + made(28, _ALNUM)],
    "OpenAI API key": [
        "s" + "k-" + made(20) + "T3Bl" + "bkFJ" + made(20),
        "s" + "k-proj-" + made(74, _URL) + "T3Bl" + "bkFJ" + made(74, _URL),
        "s" + "k-" + made(48),
    ],
    "Anthropic API key": ["s" + "k-ant-api03-" + made(93, _URL) + "AA"],
    "Stripe key": ["s" + "k_live_" + made(24), "r" + "k_live_" + made(99), "s" + "k_test_" + made(24)],
    "JSON web token": [jwt()],
    "npm token": ["np" + "m_" + made(36)],
    "Hugging Face token": ["h" + "f_" + made(34)],
    "private key (age)": ["AGE-" + "SECRET-KEY-1" + made(58, _UPPER + string.digits)],
}

PRIVATE_KEYS = {
    "pkcs8": pem(""),
    "rsa": pem("RSA "),
    "ec": pem("EC "),
    "dsa": pem("DSA "),
    "openssh": pem("OPENSSH "),
    "encrypted": pem("ENCRYPTED "),
    "with header": pem("RSA ", header="Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,A1B2C3\n\n"),
    "pgp": f"-----BEGIN PGP {'PRIVATE'} KEY BLOCK-----\nVersion: GnuPG v2\n\n{key_lines()}",
    "putty": f"PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\n{'Private'}-Lines: 14\n{key_lines()}",
    "ssh2": f"---- BEGIN SSH2 ENCRYPTED {'PRIVATE'} KEY ----\n{key_lines()}",
    "one line": 'KEY="' + pem("").replace("\n", "\\n") + '"',
    "json": '{"private_key": "' + pem("RSA ").replace("\n", "\\n") + '"}',
    "indented": "key: |\n" + "".join(f"    {line}\n" for line in pem("EC ").splitlines()),
    "literals": "\n".join(f'    "{line}\\n"' for line in pem("").splitlines()),
    "commented": "".join(f"# {line}\n" for line in pem("").splitlines()),
    "windows": pem("RSA ").replace("\n", "\r\n"),
}

# The word is split so that this file holds no assignment that its own scan would report.
PW = "pass" + "word"
PD = PW[:5] + PW[-1]
SE = "sec" + "ret"
TK = "to" + "ken"
SLASHES = "/" * 2
AK = "api_" + "key"

ASSIGNED = {
    "password": [
        f'{PW} = "hunter2"',
        f"{PW.upper()}='Tr0ub4dor&3'",
        f"db_{PW}: S3cureP4ss",
        f"DB_{PW[:4].upper()}=s3cr3tpw",
        f'{{"{PW}": "P@ssw0rd!"}}',
        f'  {PW}: "Winter2024!"',
        f"<{PW}>S3cr3tValue9</{PW}>",
        f"mysql --{PW}=Xk29fjw0 -u root",
        f"mysql --{PW} Xk29fjw0 -u root",
        f'user.set_{PW}("Sup3rS3cret")',
        f'{PD} = "correcthorse9"',
        f"PG{PW.upper()}=q8Zk21pX psql",
        f"spring.datasource.{PW}=s3cretPw1",
        f'{PW}: str = "Gr8Secret99"',
        f'{PD[0] + PD[-2:]}="A1b2C3d4"',
        f"config['db_{PW}'] = 'mYpa55word'",
        f"Server=db;User Id=sa;{PW.title()}=Pa55w0rd!;",
        f"{PW} => 's3cr3tPHP1'",
        f'{PW}=("Sup3rS3cret")',
        f"{PW}: |\n  Xk29fjw0!\n",
        f'"{{\\"{PW}\\": \\"Xk29fjw0!\\"}}"',
        f'if {PW} == "Xk29fjw0!":',
    ],
    "connection string": [
        f"postgres:{SLASHES}admin:s3cr3t@db.internal:5432/app",
        f"DATABASE_URL=mysql:{SLASHES}root:hunter22@localhost/x",
        f"mongodb+srv:{SLASHES}u:Ab12Cd34@cluster0.mongodb.net",
        f"redis:{SLASHES}:p4ssw0rdX@redis:6379",
        f"amqp:{SLASHES}guest:Qw3rty99@mq",
        f"https:{SLASHES}ci-bot:Xk29fjw0@git.example.com/r.git",
        f"jdbc:postgresql:{SLASHES}u:Xk29fjw0@h/db",
    ],
    "API key": [
        f'{AK} = "{made(32)}"',
        f'{"api" + "Key"}: "{made(24, _HEX)}"',
        f"{AK.upper()}={made(32)}",
        f'"x-api-{"key"}": "{made(40)}"',
        f'{AK} = "abcd1234efgh5678ijkl"',
        f"{'api' + 'key'}: {made(32, _HEX)}",
        f"{AK} = '9f3c2b1a-7d4e-4c8b-9a6f-1e2d3c4b5a69'",
        "AccountName=x;Account" + f"Key={base64.b64encode(_DICE.randbytes(64)).decode()};EndpointSuffix=core",
    ],
    "secret": [
        f'client_{SE}="{made(40)}"',
        f'{SE.upper()}_KEY = "{made(50, _ALNUM + "!@#$%^&*(-_=+)")}"',
        f'{SE} = "s3cr3tV4lue99"',
        f"client_{SE}: {made(24)}",
    ],
    "token": [
        f'{TK} = "{made(40, _HEX)}"',
        f"ACCESS_{TK.upper()}={made(30)}",
        f"auth_{TK}: {made(30)}",
        f"//registry.example.org/:_auth{TK.title()}={made(36)}",
    ],
    "AWS secret access key": [
        f"aws_{SE}_access_key = {AWS_SECRET}",
        f'AWS_{SE.upper()}_ACCESS_KEY="{AWS_SECRET}"',
    ],
    "authorization header": [
        f"Authori{'zation'}: Bearer {made(40)}",
        f"headers={{'Authori{'zation'}': 'Basic {base64.b64encode(b'admin:S3cr3tPw!').decode()}'}}",
    ],
}


def kinds(text: str) -> list[tuple[str, int]]:
    hits, _ = Detector().scan(text.encode("utf-8"))
    return [(hit.kind, hit.line) for hit in hits]


@pytest.mark.parametrize(
    ("kind", "token"),
    [(kind, token) for kind, tokens in TOKENS.items() for token in tokens],
    ids=lambda value: value if " " in value else "token",
)
@pytest.mark.parametrize("around", ["{}", 'x = "{}"', "url?k={}&b=1", "a,{},b", "# see {} there", "key:{}\\n", "<{}>"])
def test_a_token_is_known_by_its_form(kind: str, token: str, around: str) -> None:
    text = "first line\n" + around.format(token) + "\nlast line\n"
    assert (kind, 2) in kinds(text)


@pytest.mark.parametrize("name", PRIVATE_KEYS)
def test_a_private_key_is_known_by_its_mark(name: str) -> None:
    assert ("private key", 2 if name in {"literals", "commented"} else kinds(PRIVATE_KEYS[name])[0][1]) in kinds(
        ("\n" if name in {"literals", "commented"} else "") + PRIVATE_KEYS[name]
    )


@pytest.mark.parametrize(("kind", "line"), [(kind, line) for kind, lines in ASSIGNED.items() for line in lines])
def test_a_secret_is_known_by_the_name_before_it(kind: str, line: str) -> None:
    found = kinds(f"first line\n{line}\nlast line\n")
    assert [entry for entry in found if entry[0] == kind and entry[1] in {2, 3}], found


def test_an_aws_secret_is_known_by_the_id_beside_it() -> None:
    text = f"[default]\n{AWS_ID}\n\n{AWS_SECRET}\n"
    assert kinds(text) == [("AWS access key id", 2), ("AWS secret access key", 4)]
    assert kinds(f"[default]\n\n\n{AWS_SECRET}\n") == [], "forty characters alone say nothing"


def test_a_random_value_counts_beside_a_telling_word_only() -> None:
    value = made(40)
    assert kinds(f"# the deploy {TK} is {value} for now") == [("high-entropy value", 1)]
    assert kinds(f"# the {TK} digest is {value} for now") == []
    assert kinds(f"# the answer is {value} for now") == []


def test_a_value_is_told_once_by_its_most_telling_kind() -> None:
    token = TOKENS["GitHub token"][0]
    assert kinds(f'{TK} = "{token}"  # {AK}: {token}') == [("GitHub token", 1)]


def test_every_place_is_told() -> None:
    token = TOKENS["GitHub token"][0]
    other = TOKENS["GitHub token"][1]
    assert kinds(f"{token}\n{other}\n\n{token}\n") == [("GitHub token", n) for n in (1, 2, 4)]


HARMLESS = [
    f'{PW} = "{PW}"',
    f"{PW} = getpass.getpass('{PW.title()}: ')",
    f"{PW} = os.environ['DB_PASSWORD_2']",
    f'{PW} = "${{DB_PASSWORD_1}}"',
    f"{PW}: {{{{ vault_db_password_1 }}}}",
    f'{PW} = "<your-password-1>"',
    f'{PW} = "changeme"',
    f'{PW}="xxxxxxxx"',
    f'{PW}_hash = "5f4dcc3b5aa765d61d8327deb882cf99"',
    f'"{PW}": "Enter your password, at least 8 characters"',
    f"def reset_{PW}(user_id: int, new_{PW}: str) -> None: ...",
    f'{PW}_field = "new_password_2"',
    f"{TK} = self.next_{TK}()",
    f"{TK} = {TK}s[0]",
    f'{TK}_type = "access_token_v2"',
    f'{TK}_url = "https://example.com/oauth2/token"',
    f"{AK} = config.get('{AK}_1')",
    f'{AK} = "your-api-key-here-1234"',
    f'{AK} = "YOUR_API_KEY_123"',
    f"max_{TK}s: 200000",
    f"{TK}izer = AutoTokenizer.from_pretrained('bert-base-uncased-2')",
    f'{"key"} = "user:12345:profile:settings"',
    f'{SE}_name = "prod/db/credentials-v2"',
    "key_id = 9f3c2b1a7d4e4c8b9a6f1e2d3c4b5a69",
    "public_" + f'key = "{made(64, _HEX)}"',
    f"https:{SLASHES}user:pass@example.com/",
    f"https:{SLASHES}user:password@example.com/",
    f"http:{SLASHES}${{USER}}:${{PASS1}}@example.com/",
    f"ssh:{SLASHES}git@github.com:22/x",
    f"http:{SLASHES}localhost:8080/a@b",
    f'if "-----BEGIN {"PRIVATE"} KEY-----" in text:',
    f"-----BEGIN {'PRIVATE'} KEY-----\n...\n-----END {'PRIVATE'} KEY-----",
    "-----BEGIN CERTIFICATE-----\n" + key_lines() + "-----END CERTIFICATE-----",
    f"-----BEGIN PUBLIC KEY-----\n{key_lines()}",
    "sk-learn-extra-package-with-a-long-name",
    "a task-" + "management-system-for-everyone",
    "integrity sha512-" + base64.b64encode(_DICE.randbytes(64)).decode(),
    'hash = "sha256:' + made(64, _HEX) + '"',
    "commit " + made(40, _HEX),
    "gh" + "p_" + "x" * 36,
    "https://hooks.slack" + ".com/services/T00000000/B00000000/" + "X" * 24,
    "eyJ" + "hbGciOi and so on",
    "AK" + "IA",
    "oauth2_token_refresh_interval_seconds = 3600",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_one_is_left_alone(text: str) -> None:
    assert kinds(text) == []
