"""Score recorded replies with verifiers' own tasks: `rec.rwd`, exported, is the reward of each.

Run with: python examples/trainers/verifiers_scoring.py --rows 64
It needs `verifiers`, and downloads nothing. The tasks are scored at the same time, as verifiers does in an
evaluation; the replies that wait are scored together.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import tempfile
from pathlib import Path
from typing import Any

import verifiers.v1 as vf

import rewardlang
from rewardlang.cli import main as rwd

FOLDER = Path(__file__).parents[1]
SPEC, DATA = FOLDER / "rec.rwd", FOLDER / "rec.jsonl"


class Grounding(vf.TaskData):
    """What a task knows beside its prompt: the fields of the reward, by their names."""

    solution: list[float]


def exported(folder: Path) -> Any:
    """The module that `rwd export` writes."""
    file = folder / "rec_reward.py"
    if rwd(["export", "verifiers", str(SPEC), "-o", str(file)]) != 0:
        raise SystemExit(1)
    spec = importlib.util.spec_from_file_location("rec_reward", file)
    assert spec is not None and spec.loader is not None  # noqa: PT018, S101 - a file that was just written
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def task_class(reward: Any) -> Any:
    """A task with the exported function as its reward."""

    class Task(vf.Task):
        @vf.reward
        async def rec(self, task: Any, trace: Any) -> Any:
            return await reward(task, trace)

    return Task


def replied(task: Any, completion: str) -> Any:
    """The trace of a rollout that ended with this reply."""
    trace = vf.Trace(task=vf.TraceTask(type="Task", data=task.data), agent=vf.AgentInfo(config=vf.AgentConfig()))
    for message in (vf.UserMessage(content=task.data.prompt), vf.AssistantMessage(content=completion)):
        node = vf.MessageNode(message=message, parent=len(trace.nodes) - 1 if trace.nodes else None)
        node.sampled = message.role == "assistant"
        trace.nodes.append(node)
    return trace


async def score(rows: list[dict[str, Any]], reward: Any) -> list[Any]:
    """The traces of all rows, scored."""
    made = task_class(reward)
    tasks = [made(Grounding(prompt="Where is it?", solution=row["solution"])) for row in rows]
    traces = [replied(task, row["completion"]) for task, row in zip(tasks, rows, strict=True)]
    await asyncio.gather(*(task.score(trace) for task, trace in zip(tasks, traces, strict=True)))
    return traces


def main() -> None:
    """Score some rows, and show that the rewards are those of the spec."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=64)
    count = parser.parse_args().rows
    rows = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()[:count]]
    with tempfile.TemporaryDirectory() as folder:
        traces = asyncio.run(score(rows, exported(Path(folder)).rec))
    columns = {name: [row[name] for row in rows] for name in ("completion", "solution")}
    known = rewardlang.load(SPEC)(columns).tolist()
    assert all(abs(trace.reward - total) < 1e-6 for trace, total in zip(traces, known, strict=True))  # noqa: S101 - it is what this shows
    print(f"{len(traces)} traces, mean reward {sum(trace.reward for trace in traces) / len(traces):.3f}")
    print("of the first:", {name: round(value, 3) for name, value in sorted(traces[0].metrics.items())})


if __name__ == "__main__":
    main()
