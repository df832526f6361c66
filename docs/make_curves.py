"""Draws what the environments' policies learned: `python docs/make_curves.py`. Needs the extra `environments`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
CURVES = ROOT / "examples" / "environments"
PICTURE = Path(__file__).parent / "environments.svg"
TASKS = {"pendulum": "gymnax: pendulum, 2,048 at once", "hopper": "Brax: hopper, 256 at once"}
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
STYLE = {
    "svg.hashsalt": "environments", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9,
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": "#e5e5e5",
}  # fmt: skip


def curve(name: str) -> list[dict[str, float]]:
    """The points that training kept."""
    lines = (CURVES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def draw(path: Path = PICTURE) -> None:
    """A panel a task: the reward of a step and its raw terms, over the steps of all environments."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    with plt.rc_context(STYLE):
        figure, panels = plt.subplots(1, len(TASKS), figsize=(8.4, 3.4), layout="constrained")
        for panel, (name, title) in zip(panels, TASKS.items(), strict=True):
            _panel(panel, title, curve(name))
        panels[0].set_ylabel("mean of a step")
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)


def _panel(panel: Any, title: str, points: list[dict[str, float]]) -> None:
    steps = [point["steps"] / 1e6 for point in points]
    for name in (name for name in points[0] if name not in ("steps", "seconds")):
        values = [point[name] for point in points]
        if name == "reward":
            panel.plot(steps, values, color="black", linewidth=2.2, label="reward", zorder=3)
        else:
            panel.plot(steps, values, color=COLOURS[len(panel.lines) - 1], linewidth=1.3, label=name)
    panel.set(title=f"{title}, {points[-1]['seconds']:.0f} s", xlabel="million steps", xlim=(0, steps[-1]))
    panel.set_ylim(bottom=0)
    panel.legend(
        frameon=False, ncols=5, loc="upper center", bbox_to_anchor=(0.5, -0.18), columnspacing=1.0, handlelength=1.2
    )


if __name__ == "__main__":
    draw()
