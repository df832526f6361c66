"""Groups that are cut between the ranks of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rewardlang.trainers import ranks

if TYPE_CHECKING:
    from tests.trainers.conftest import Exporting

PROMPTS = ["p"] * 3 + ["q"] * 3
COMPLETIONS = ["a", "bb", "cc", "", "d", "dd"]
PARTS = [(0, 2), (2, 3), (3, 6)]


class Distributed:
    """`torch.distributed` as one rank of three sees it, all of which have parts of one batch."""

    def __init__(self, rank: int) -> None:
        self.rank = rank

    def get_rank(self) -> int:
        return self.rank

    def get_world_size(self) -> int:
        return len(PARTS)

    def all_gather_object(self, into: list[Any], mine: Any) -> None:
        columns = {"prompt": PROMPTS, "completion": COMPLETIONS}
        for place, (start, end) in enumerate(PARTS):
            into[place] = ({name: values[start:end] for name, values in columns.items()}, end - start)
        assert into[self.rank] == mine


@pytest.mark.parametrize("rank", range(3))
def test_a_group_that_is_cut_is_gathered(
    rank: int, grouped: Any, exported: Exporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranks, "_distributed", lambda: Distributed(rank))
    start, end = PARTS[rank]
    logged: dict[str, Any] = {}
    given = {"log_extra": logged.__setitem__, "log_metric": logged.__setitem__, "unused": [object()] * (end - start)}
    best = exported("trl", grouped, group=3).best
    told = best(prompts=PROMPTS[start:end], completions=COMPLETIONS[start:end], **given)
    assert told == [0, 1, 1, 0, 0, 1][start:end]
    assert logged["best/longest"] == told
    assert logged["rewards/best/longest/raw"] == pytest.approx(sum(told) / len(told))


def test_nothing_is_gathered_for_a_reward_of_single_samples(
    exported: Exporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranks, "_distributed", lambda: pytest.fail("asked for the other ranks"))
    assert exported("trl").asked(prompts=["p"], completions=["cat"], word=["cat"], bonus=[0.0]) == [1.5]


def _rank(rank: int, folder: str, told: Any) -> None:
    import importlib.util

    import torch

    torch.distributed.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    spec = importlib.util.spec_from_file_location("reward", f"{folder}/reward.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    start, end = ((0, 2), (2, 6))[rank]
    told.put((rank, module.best(prompts=PROMPTS[start:end], completions=COMPLETIONS[start:end])))
    torch.distributed.destroy_process_group()


def test_ranks_of_pytorch_gather(grouped: Any, tmp_path: Any) -> None:
    """Run with torch 2.13.0."""
    pytest.importorskip("torch.distributed", reason="pip install torch")
    import multiprocessing

    from rewardlang.trainers.exporting import export
    from rewardlang.trainers.registry import find_trainer

    (tmp_path / "reward.py").write_text(export(find_trainer("trl"), str(grouped), group=3))
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    workers = [context.Process(target=_rank, args=(rank, str(tmp_path), told)) for rank in range(2)]
    for worker in workers:
        worker.start()
    found = dict(told.get(timeout=120) for _ in workers)
    for worker in workers:
        worker.join(30)
    assert found == {0: [0, 1], 1: [1, 0, 0, 1]}
