"""Environment variables that may be set for a command without changing what it does."""

#: Variables that change nothing but how output looks, or how careful Python is.
HARMLESS_VARIABLES = frozenset(
    {
        *("CI", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "TERM", "COLUMNS", "LINES", "LANG", "LC_ALL", "LC_CTYPE", "TZ"),
        *("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONHASHSEED", "PYTHONIOENCODING", "PYTHONUTF8"),
        *("RUST_BACKTRACE", "CARGO_TERM_COLOR", "NODE_ENV", "RAILS_ENV", "TEST_SEED"),
    }
)
