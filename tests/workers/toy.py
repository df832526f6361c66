"""A worker that does as it is told."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any

from rewardlang.workers.serving import serve


def answer(request: Any) -> Any:
    match request:
        case ["echo", value]:
            return value
        case ["print", value]:
            print(value)  # noqa: T201 - what a library may do
            return value
        case ["pid"]:
            return os.getpid()
        case ["sleep", seconds]:
            time.sleep(seconds)
            return "awake"
        case ["power"]:
            # One instruction in C, which lets no other thread run and no signal handler in.
            return len(bin(3 ** (10**9)))
        case ["die"]:
            os.kill(os.getpid(), signal.SIGKILL)
        case ["swell"]:
            return len(b"x" * (2**30 + 2**28))
    return None


def load() -> Any:
    return answer


if __name__ == "__main__":
    serve(load, float(sys.argv[1]))
