"""The settings of a process that lives for weeks: read again whenever their file has changed."""

import logging
import threading

from orion_tui.base.errors import InvalidFile, ModelUnavailable
from orion_tui.base.paths import OrionHome
from orion_tui.core.settings import RUNNING, Settings, load, settings_file

_log = logging.getLogger("orion.settings")

#: What tells that a file is another one: time, size, number. None stands for no file.
_Mark = tuple[int, int, int]


class LiveSettings:
    """`settings.yaml` as it is now, or as it last was whole. Any thread may ask."""

    def __init__(self, home: OrionHome) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._looked = False
        self._mark: _Mark | None = None
        self._good: Settings | None = None
        self._refused: InvalidFile | None = None

    def current(self) -> Settings:
        """The settings. A file that is broken since leaves the last good ones in force, which is logged once.

        Raises ModelUnavailable where the file has been broken from the beginning: what it says of addresses is not
        known then, and a key must not go to another than the one that was meant.
        """
        with self._lock:
            mark = self._marked()
            if not self._looked or mark != self._mark:
                self._read(mark)
            if self._good is not None:
                return self._good
            assert self._refused is not None
            raise ModelUnavailable(
                f"no model is asked before the settings can be read: {self._refused.message}",
                hint=self._refused.hint or f"put {settings_file(self._home)} right; orion model list checks it",
                problems=self._refused.problems,
            )

    def running(self) -> int:
        """Sessions that run at a time; what is usual where the settings cannot be read."""
        try:
            return self.current().running
        except ModelUnavailable:
            return RUNNING

    def _marked(self) -> _Mark | None:
        try:
            status = settings_file(self._home).stat()
        except OSError:
            return None
        # Modes change ctime alone: who closes a file to others again has put it right.
        return max(status.st_mtime_ns, status.st_ctime_ns), status.st_size, status.st_ino

    def _read(self, mark: _Mark | None) -> None:
        try:
            self._good = load(self._home)
        except InvalidFile as error:
            self._refused = error
            # Without the problems themselves: they quote the file, and people paste keys into the wrong place.
            _log.warning(
                "%s cannot be used (%d problems), and %s; orion model list says what is wrong",
                settings_file(self._home),
                max(1, len(error.problems)),
                "no model is asked" if self._good is None else "what it said before still holds",
            )
        self._looked, self._mark = True, mark
