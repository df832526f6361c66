"""The scoring of verifiers' own tasks. Run with verifiers 0.4.0."""

from __future__ import annotations

import asyncio
import runpy
from pathlib import Path
from typing import Any

import pytest

from tests.trainers.conftest import SAMPLES, Exporting

vf = pytest.importorskip("verifiers.v1", reason="verifiers is not installed: pip install verifiers")
pytestmark = pytest.mark.filterwarnings("ignore")


class Data(vf.TaskData):  # type: ignore[misc, name-defined]
    word: str
    bonus: float | None = 0.0


def traced(row: int, module: Any, name: str = "asked") -> Any:
    """A task that has the exported reward as its own, and the trace of a rollout with the sample's completion."""
    task = type("Mine", (vf.Task,), {"asked": _method(getattr(module, name))})(
        Data(prompt="p", word=SAMPLES["word"][row], bonus=SAMPLES["bonus"][row])
    )
    trace = vf.Trace(task=vf.TraceTask(type="Mine", data=task.data), agent=vf.AgentInfo(config=vf.AgentConfig()))
    for message in (vf.UserMessage(content="p"), vf.AssistantMessage(content=SAMPLES["completion"][row])):
        node = vf.MessageNode(message=message, parent=len(trace.nodes) - 1 if trace.nodes else None)
        node.sampled = message.role == "assistant"
        trace.nodes.append(node)
    return task, trace


def _method(function: Any) -> Any:
    async def asked(_: Any, task: Any, trace: Any) -> Any:
        return await function(task, trace)

    return vf.reward(asked)


def test_rewards_and_their_terms_are_recorded(exported: Exporting) -> None:
    module = exported("verifiers")

    async def score() -> list[Any]:
        pairs = [traced(row, module) for row in range(4)]
        await asyncio.gather(*(task.score(trace) for task, trace in pairs))
        return [trace for _, trace in pairs]

    traces = asyncio.run(score())
    assert [trace.reward for trace in traces] == [1.5, 1.0, 0.5, 2.0]
    assert [trace.metrics["asked/right/raw"] for trace in traces] == [1, 0, 0, 1]
    assert len({trace.info["reward.fingerprint"] for trace in traces}) == 1


def test_a_missing_score_fails_the_trace(exported: Exporting) -> None:
    task, trace = traced(4, exported("verifiers"))
    with pytest.raises(vf.TaskError, match="`asked` has no score: the reward gives no value"):
        asyncio.run(task.score(trace))
    assert trace.rewards == {"asked": None}
    assert trace.metrics["asked/missing"] == 1


def test_entries_are_keyed_scores(exported: Exporting) -> None:
    task, trace = traced(1, exported("verifiers", entries=True))
    asyncio.run(task.score(trace))
    assert {name: reward.value for name, reward in trace.rewards.items()} == {"right": 0, "short": 0.5, "extra": 0.5}


def test_a_task_is_configured_with_the_exported_function(exported: Exporting) -> None:
    """As `[env.taskset.task.rewards]` of a TOML file does."""
    module = exported("verifiers")
    task, trace = traced(0, module)
    plain = vf.Task(task.data, vf.TaskConfig(rewards={"asked": {"fn": f"{module.__name__}:asked"}}))
    asyncio.run(plain.score(trace))
    assert trace.reward == 1.5


def test_the_example_scores_recorded_replies(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Path(__file__).parents[2] / "examples" / "trainers" / "verifiers_scoring.py"
    monkeypatch.setattr("sys.argv", [str(script), "--rows", "12"])
    runpy.run_path(str(script), run_name="__main__")
    assert "12 traces, mean reward " in capsys.readouterr().out
