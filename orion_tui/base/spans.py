"""How long something took, as people read it: on the screen, and in what the log says."""


def span(seconds: float) -> str:
    """`0.4s`, `12s`, `2m10`, `3h05`."""
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    if seconds < 60:
        return f"{seconds:.0f}s"
    if seconds < 3600:
        return f"{int(seconds // 60)}m{int(seconds % 60):02d}"
    return f"{int(seconds // 3600)}h{int(seconds % 3600 // 60):02d}"
