"""A role profile as a value (ROLE-2): what an agent may do, may ask for and may never do, and within which limits."""

from enum import StrEnum

import attrs

from orion_tui.base.kinds import Tier
from orion_tui.roles.rules import Rule

MIB = 1024 * 1024


class Scope(StrEnum):
    """What a role is for."""

    CODING = "coding"
    RESEARCH = "research"
    DEVOPS = "devops"
    FULL = "full"


class Risk(StrEnum):
    """How much the user is ready to risk."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class AuthMethod(StrEnum):
    """How a promotion under this role is authenticated."""

    PIN = "pin"
    TOTP = "totp"


class Profile(StrEnum):
    """Sandbox sizes (BOX-1)."""

    LIGHT = "light"
    STANDARD = "standard"
    HEAVY = "heavy"


class BackendChoice(StrEnum):
    """Which sandbox backend a role asks for; `auto` takes the strongest that serves."""

    AUTO = "auto"
    DOCKER = "docker"
    BUBBLEWRAP = "bubblewrap"


class Day(StrEnum):
    """Days of the week, Monday first."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class Trigger(StrEnum):
    """What a person can be told about (TELL-1)."""

    STARTED = "started"
    COMPLETED = "completed"
    FAILED = "failed"
    PAUSED = "paused"
    CHECKPOINT = "checkpoint"
    REVIEW_READY = "review_ready"
    APPROVAL_NEEDED = "approval_needed"
    COST_WARNING = "cost_warning"
    DRIFT = "drift"


@attrs.frozen(kw_only=True)
class Authority:
    """The three lists of rules. An action that none of them matches needs approval."""

    autonomous: tuple[Rule, ...] = ()
    requires_approval: tuple[Rule, ...] = ()
    forbidden: tuple[Rule, ...] = ()

    def of(self, tier: Tier) -> tuple[Rule, ...]:
        """The rules of one tier."""
        match tier:
            case Tier.AUTONOMOUS:
                return self.autonomous
            case Tier.REQUIRES_APPROVAL:
                return self.requires_approval
            case Tier.FORBIDDEN:
                return self.forbidden


@attrs.frozen(kw_only=True)
class Thresholds:
    """Confidence below which an action is flagged, asked about, or counts as collapse (RUN-4)."""

    auto_execute: float = 0.90
    execute_and_flag: float = 0.70
    pause_and_ask: float = 0.50


@attrs.frozen(kw_only=True)
class PathScope:
    """Which paths a role may change. Empty `allow` means the whole workspace; `deny` always wins."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class WriteLimits:
    """Ceilings of what a session may write (GATE-3). A role may lower them, never raise them."""

    file_bytes: int = 10 * 1000 * 1000
    file_lines: int = 5_000
    files_created: int = 100
    files_modified: int = 200
    total_bytes: int = 200 * 1000 * 1000


@attrs.frozen(kw_only=True)
class SessionLimits:
    """When a session stops by itself (RUN-3)."""

    #: Hours of running time; waiting does not count.
    max_session_hours: float = 8.0
    #: Dollars; 0 lets nothing be spent, None sets no limit.
    max_cost_usd: float | None = 5.0
    max_tokens: int = 2_000_000
    max_steps_per_task: int = 60
    checkpoint_interval_minutes: int = 15
    replan_interval_tasks: int = 5


@attrs.frozen(kw_only=True)
class WorkingHours:
    """When a session under this role may run; outside it waits. `end` before `start` runs over midnight."""

    days: tuple[Day, ...]
    #: Minutes since midnight.
    start: int
    end: int
    #: IANA name, such as `Europe/Berlin`.
    time_zone: str = "UTC"


@attrs.frozen(kw_only=True)
class Notifications:
    """What to tell a person of sessions under this role. Destinations are the user's settings, never a role's."""

    triggers: tuple[Trigger, ...] = (
        Trigger.COMPLETED,
        Trigger.FAILED,
        Trigger.REVIEW_READY,
        Trigger.APPROVAL_NEEDED,
        Trigger.COST_WARNING,
        Trigger.DRIFT,
    )


@attrs.frozen(kw_only=True)
class SandboxWish:
    """The sandbox a role asks for; the user's settings cap it."""

    #: Image reference; empty takes what fits the workspace (BOX-6).
    image: str = ""
    backend: BackendChoice = BackendChoice.AUTO
    profile: Profile = Profile.LIGHT
    #: Hosts that may be reached through Orion's proxy (BOX-7); none without an entry.
    egress: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class ModelWish:
    """Which language models a role asks for, as `provider/name`; empty takes the settings'."""

    default: str = ""
    plan: str = ""
    work: str = ""
    review: str = ""


@attrs.frozen(kw_only=True)
class Role:
    """A role profile, validated and corrected: what no role can grant is already under `forbidden`."""

    name: str
    display_name: str
    description: str = ""
    enabled: bool = True
    scope: Scope
    competencies: tuple[str, ...]
    authority: Authority
    confidence_thresholds: Thresholds = attrs.field(factory=Thresholds)
    risk_tolerance: Risk = Risk.MEDIUM
    auth_method: AuthMethod = AuthMethod.PIN
    success_criteria: tuple[str, ...] = ()
    #: Restrictions of the user's own, above the authority lists: each forbids.
    hard_limits: tuple[Rule, ...] = ()
    paths: PathScope = attrs.field(factory=PathScope)
    write_limits: WriteLimits = attrs.field(factory=WriteLimits)
    limits: SessionLimits = attrs.field(factory=SessionLimits)
    working_hours: WorkingHours | None = None
    notifications: Notifications = attrs.field(factory=Notifications)
    require_review_before_promote: bool = True
    sandbox: SandboxWish = attrs.field(factory=SandboxWish)
    model: ModelWish = attrs.field(factory=ModelWish)


class Source(StrEnum):
    """Where a role comes from; later wins by name (ROLE-1)."""

    STARTER = "starter"
    USER = "user"
    WORKSPACE = "workspace"


@attrs.frozen(kw_only=True)
class LoadedRole:
    """A role with what was said while loading it."""

    role: Role
    #: SHA-256 of the file's bytes: what trust in a workspace role is bound to.
    digest: str
    source: Source = Source.USER
    #: File that it came from, as text; empty for text without a file.
    path: str = ""
    #: Old spellings and the like, each naming the new form.
    warnings: tuple[str, ...] = ()
    #: What AEGIS changed, each with its reason (ROLE-6).
    corrections: tuple[str, ...] = ()
