"""How kernels are compiled: at their first call, and then kept on disk for later processes.

They are kept where Numba keeps them: in `$NUMBA_CACHE_DIR`, else beside their source, else, where that cannot be
written, in the user's cache folder; and nowhere where there is no such place. A kernel is compiled together with those
that it calls, so that what is kept is valid for the source of all of them.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numba
from numba import types
from numba.core import event
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.dispatcher import Dispatcher

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 1.0
"""After so many seconds of compiling people are told what they wait for."""
LOGGER = logging.getLogger("rewardlang")
_PACKAGE = __name__.partition(".")[0]
_FOLDERS = ("kernels", "regex")

_MAKERS = {
    "arange", "argsort", "array", "astype", "concatenate", "copy", "empty", "flatnonzero", "full", "ones", "zeros",
}  # fmt: skip
"""What makes arrays in kernels. What is not listed here Numba refuses to compile where references are not counted."""
_NUMBERS = re.compile(r"(tuple\[)?(, |int|float|bool|None|np\.uint64)+\]?")

_P = ParamSpec("_P")
_T = TypeVar("_T")


def compiled(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Compile a kernel at its first call, keep it on disk, and let other threads run while it does."""
    kernel: Callable[_P, _T] = kept(function)
    return kernel


def kept(function: Callable[..., Any], **options: Any) -> Any:
    """Numba's dispatcher of a function, kept on disk; other threads run while it does, unless `nogil` is false."""
    dispatcher = numba.njit(**{"nogil": True, "_nrt": counts_references(function), **options})(function)
    resolve = dispatcher.get_call_template

    def without_literals(arguments: Any, keywords: Any) -> Any:
        return resolve(tuple(types.unliteral(argument) for argument in arguments), keywords)

    # Numba would compile a kernel anew for every constant that another kernel calls it with.
    dispatcher.get_call_template = without_literals
    try:
        # As `njit(cache=True)`, which would choose a cache of Numba's own.
        dispatcher._cache = _KernelCache(dispatcher.py_func)  # noqa: SLF001 - Numba has no other way
    except RuntimeError:
        # Nothing can be written anywhere: each process compiles.
        LOGGER.debug("no folder for the compiled kernel %s", function.__qualname__)
    return dispatcher


def counts_references(function: Callable[..., Any]) -> bool:
    """Whether a kernel must count the references to its arrays, as one that makes some or gives some back.

    Others only look at what their caller holds. Counting for nothing takes longer than most of them do: Numba counts at
    each call, for each array of each argument.
    """
    named = function.__code__.co_names
    called = [known.py_func for name in named if isinstance(known := function.__globals__.get(name), Dispatcher)]
    return not _MAKERS.isdisjoint(named) or not all(map(_gives_numbers, (function, *called)))


def _gives_numbers(function: Callable[..., Any]) -> bool:
    """Whether a kernel's result holds no array, by its annotation."""
    result = function.__annotations__.get("return")
    return result is not None and _NUMBERS.fullmatch(str(result)) is not None


@cache
def source_stamp() -> bytes:
    """A hash of the source of all kernels."""
    digest = blake2b(digest_size=16)
    root = Path(__file__).parent.parent
    for path in sorted(path for folder in _FOLDERS for path in (root / folder).glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.digest()


class _KernelCache(FunctionCache):  # type: ignore[misc]  # Numba has no types
    """Numba's cache on disk, in which a damaged file or a full disk costs a compilation, not the run."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self._cache_file = IndexDataCacheFile(self._cache_path, self._impl.filename_base, source_stamp())

    def load_overload(self, signature: Any, context: Any) -> Any:
        """What was kept, if it can be read."""
        try:
            return super().load_overload(signature, context)
        except Exception as error:  # noqa: BLE001 - whatever a file holds that is no whole pickle
            LOGGER.debug("cannot read the kernels in %s: %s", self._cache_path, error)
            return None

    def save_overload(self, signature: Any, data: Any) -> None:
        """Keep what was compiled, if that is possible."""
        try:
            super().save_overload(signature, data)
        except Exception as error:  # noqa: BLE001 - as above
            LOGGER.debug("cannot keep kernels in %s: %s", self._cache_path, error)
            with suppress(OSError):
                # What is there may be damaged: an empty index takes its place, for the next process to fill.
                self.flush()


class _Announcer(event.Listener):  # type: ignore[misc]  # Numba has no types
    """Says once why a process waits, as soon as its kernels have taken `PATIENCE` to compile.

    Numba compiles one function at a time, and the functions that it calls within.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._spent = 0.0
        self._began = 0.0
        self._timer: threading.Timer | None = None
        self._said = False

    def on_start(self, started: Any) -> None:
        """A compilation begins."""
        dispatcher = started.data["dispatcher"]
        if not self._ours(dispatcher):
            return
        self._depth += 1
        if self._depth == 1 and not self._said:
            self._began = time.monotonic()
            place = getattr(dispatcher._cache, "cache_path", None)  # noqa: SLF001 - Numba has no other way
            self._timer = threading.Timer(max(PATIENCE - self._spent, 0), self._say, [place])
            self._timer.daemon = True
            self._timer.start()

    def on_end(self, ended: Any) -> None:
        """A compilation has ended."""
        if not self._ours(ended.data["dispatcher"]):
            return
        self._depth -= 1
        if self._depth == 0 and self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._spent += time.monotonic() - self._began

    @staticmethod
    def _ours(dispatcher: Any) -> bool:
        return str(dispatcher.py_func.__module__).partition(".")[0] == _PACKAGE

    def _say(self, place: str | None) -> None:
        if not self._said:
            self._said = True
            later = f"later runs find them in {place}" if place else "no folder can be written, so each run does"
            LOGGER.warning("compiling kernels for the first time; %s", later)


event.register("numba:compile", _Announcer())
