"""`python -m tests.benchmarks core` (or `text`): pairs in one run, equal in value, a ratio a line."""

from __future__ import annotations

import sys

from tests.benchmarks import artifacts, core, models, numeric, pairs, serving, text, trainers

GROUPS = {
    "core": core.run, "text": text.run, "numeric": numeric.run, "models": models.run, "trainers": trainers.run,
    "serve": serving.run, "artifacts": artifacts.run,
}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Run one group; of `text`, only the families that are named after it."""
    if not arguments or arguments[0] not in GROUPS:
        print(f"usage: python -m tests.benchmarks {'|'.join(GROUPS)}", file=sys.stderr)
        return 2
    pairs.head()
    GROUPS[arguments[0]](*arguments[1:])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
