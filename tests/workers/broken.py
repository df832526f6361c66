"""A worker that cannot get ready."""

from __future__ import annotations

import sys
from typing import Any

from rewardlang.workers.serving import serve


def load() -> Any:
    raise ImportError("no algebra here")


if __name__ == "__main__":
    serve(load, float(sys.argv[1]))
