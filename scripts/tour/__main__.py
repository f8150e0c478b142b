"""Take the pictures of the documentation: `python -m scripts.tour [DIRECTORY]`, or `make tour`.

Needs git, tmux and a sandbox, as the demonstration does. About two minutes. Ids, paths and names of this machine do not
get into the pictures; times of day do, in UTC.
"""

import secrets
import shutil
import sys
from pathlib import Path

from scripts.tour.terminal import REPOSITORY, environment
from scripts.tour.walk import walk


def main() -> None:
    """Into `docs/pictures`, or the directory that was named."""
    pictures = Path(sys.argv[1]).absolute() if len(sys.argv) > 1 else REPOSITORY / "docs" / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    # As long as `/home/ada`, which stands for it in the pictures, so that no column moves.
    place = Path("/tmp") / secrets.token_hex(2)
    place.mkdir(mode=0o700)
    try:
        walk(place, pictures, environment(place))
    finally:
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
