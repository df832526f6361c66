from __future__ import annotations

from hypothesis import HealthCheck, settings

# The first example of a kernel compiles it.
settings.register_profile("kernels", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=150)
settings.load_profile("kernels")
