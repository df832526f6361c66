from __future__ import annotations

from hypothesis import HealthCheck, settings

# The first example of a kernel compiles it.
settings.register_profile("builtins", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
settings.load_profile("builtins")
