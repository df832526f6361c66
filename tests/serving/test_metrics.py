"""Metrics, and what the server says of itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from rewardlang.serving import metrics as module
from rewardlang.serving.metrics import Metrics
from tests.serving.conftest import COLUMNS, running

if TYPE_CHECKING:
    from rewardlang import Reward
    from tests.serving.conftest import Running


def read(text: str) -> dict[tuple[str, ...], float]:
    """The samples, by name and values of labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_count_what_happened(reward: Reward) -> None:
    with running(reward) as server:
        for _ in range(3):
            server.post("/score", {"columns": COLUMNS})
        server.post("/slime", {"response": "cat", "label": {"word": "cat"}})
        server.post("/score", {"rows": 3})
        server.post("/scoer", {})
        told = server.get("/metrics")
    assert told.headers["content-type"].startswith("text/plain; version=")
    found = read(told.text)
    assert found["rewardlang_requests_total", "/score", "200"] == 3
    assert found["rewardlang_requests_total", "/score", "422"] == 1
    assert found["rewardlang_requests_total", "other", "404"] == 1
    assert found["rewardlang_samples_total",] == 16
    assert found["rewardlang_missing_samples_total",] == 3
    assert found["rewardlang_missing_ratio",] == 3 / 16
    assert found["rewardlang_batch_samples_sum",] == 16
    assert found["rewardlang_request_seconds_count", "/score"] == 4
    assert found["rewardlang_request_seconds_bucket", "+Inf", "/score"] == 4
    assert found["rewardlang_queue_requests",] == 0
    assert found["rewardlang_reward_info", reward.fingerprint, "asked"] == 1
    scores = reward(COLUMNS, on_invalid="missing")
    assert found["rewardlang_mean", "total"] == pytest.approx((3 * float(scores.total.sum()) + 1.5) / 13)
    assert found["rewardlang_mean", "right/contribution"] == (3 * 2 + 1) / 13
    assert found["rewardlang_mean", "short/weight"] == 0.5


def test_means_are_of_the_latest_samples(reward: Reward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LATEST", 8)
    metrics = Metrics(reward, lambda: 0)
    for word in ["dog"] * 5 + ["cat"] * 4:
        metrics.scored(reward(completion=["cat", "cat"], word=[word] * 2))
    found = read(metrics.text().decode())
    assert found["rewardlang_mean", "right/raw"] == 1
    assert found["rewardlang_samples_total",] == 18


def test_the_document_says_what_is_taken_and_given(server: Running) -> None:
    described = server.get("/openapi.json").json()
    assert described["openapi"] == "3.1.0"
    assert set(described["paths"]) == {"/score", "/openrlhf", "/slime", "/health", "/metrics"}
    for path in ("/score", "/openrlhf", "/slime"):
        said = described["paths"][path]["post"]
        name = said["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert described["components"]["schemas"][name]["type"] == "object"
        assert set(said["responses"]) == {"200", "400", "401", "408", "413", "422", "503"}
    assert "`word: text`" in described["info"]["description"]


def test_the_page_shows_it_and_loads_nothing(server: Running) -> None:
    told = server.get("/")
    assert told.headers["content-type"].startswith("text/html")
    assert told.headers["content-security-policy"].startswith("default-src 'none'")
    assert "POST /openrlhf" in told.text
    assert re.findall(r"(?:src|href|url)\s*[=(]|https?:|@import", told.text) == []
