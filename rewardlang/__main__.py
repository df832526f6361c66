"""`python -m rewardlang` is the command line."""

from __future__ import annotations

import sys

from rewardlang.cli import main

sys.exit(main())
