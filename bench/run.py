"""Run the benchmarks one after the other and write what they found to `RESULTS.md`.

`python bench/run.py` runs all, `python bench/run.py p3 p11` those; sections of benchmarks that were not run stay.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "RESULTS.md"
HEAD = """# Measured

Written by `make bench`. Medians of at least five rounds, with min and max; a comparison runs both sides in turn in the
same run. Absolute times belong to the machine they were taken on: the ratios are the claims.
"""


def number(script: Path) -> int:
    """11 for `p11_store.py`."""
    found = re.match(r"p(\d+)_", script.name)
    return int(found[1]) if found else 0


def sections(text: str) -> dict[int, str]:
    """The sections of an earlier `RESULTS.md` by number."""
    parts = re.split(r"(?m)^(?=## P\d+ )", text)[1:]
    return {int(re.match(r"## P(\d+)", part)[1]): part.strip() + "\n" for part in parts}  # type: ignore[index]  # split there


def main(arguments: list[str]) -> int:
    """0 when every target was met, 1 when one was missed or a benchmark failed."""
    wanted = {int(argument.lower().removeprefix("p")) for argument in arguments}
    scripts = sorted((s for s in HERE.glob("p*_*.py") if not wanted or number(s) in wanted), key=number)
    found = sections(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    status = 0
    for script in scripts:
        print(f"{script.name} ...", file=sys.stderr, flush=True)
        # A process of its own: no benchmark inherits another one's imports, memory or threads.
        done = subprocess.run([sys.executable, str(script), "--json"], stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            print(f"{script.name} failed with status {done.returncode}", file=sys.stderr)
            status = 1
            continue
        report = json.loads(done.stdout.splitlines()[-1])
        found[number(script)] = report["section"]
        print(report["section"], file=sys.stderr, flush=True)
        status |= 0 if report["met"] else 1
    RESULTS.write_text("\n".join([HEAD, *(found[key] for key in sorted(found))]), "utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
