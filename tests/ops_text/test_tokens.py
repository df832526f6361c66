"""Tokenizers that the caller gives: their counts and tokens, and what is said where one is not given."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

import rewardlang
from rewardlang.cli import main
from rewardlang.columns import tokenizers
from rewardlang.columns.texts import Texts
from rewardlang.columns.tokenizers import FileTokenizer, given_tokenizers
from rewardlang.ops.registry import overloads
from tests.ops_text.parity import agree, column, columns

if TYPE_CHECKING:
    from pathlib import Path

SPEC = 'reward r(x: text) -> float { token_count(x, tokenizer: "small") }'


@pytest.fixture(scope="module")
def small() -> Any:
    """Byte-pair encoding of a few words; cuts what is longer than two tokens."""
    library = pytest.importorskip("tokenizers")
    made = library.Tokenizer(library.models.BPE())
    made.pre_tokenizer = library.pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = library.pre_tokenizers.ByteLevel.alphabet()
    trainer = library.trainers.BpeTrainer(
        vocab_size=300, initial_alphabet=alphabet, special_tokens=["<s>"], show_progress=False
    )
    made.train_from_iterator(["the quick brown fox"] * 9, trainer)
    made.post_processor = library.processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    made.enable_truncation(2)
    made.enable_padding(length=9)
    return made


@pytest.fixture(scope="module")
def bound(small: Any) -> FileTokenizer:
    found = given_tokenizers({"small": small})["small"]
    assert isinstance(found, FileTokenizer)
    return found


@pytest.mark.parametrize("name", ["token_count", "tokens"])
@given(values=columns)
def test_bytes_are_those_of_python(name: str, values: list[str]) -> None:
    (builtin,) = overloads(name)
    tokenizer = given_tokenizers(None)["bytes"]
    agree(builtin, [column(values)], [(value,) for value in values], tokenizer=tokenizer)
    plain = [f"{byte:02x}" for value in values for byte in value.encode()]
    assert tokenizer.tokens(column(values))[1].to_list() == plain


def test_texts_are_encoded_whole_and_alone(small: Any, bound: FileTokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    values = ["the quick brown fox", "", "naïve 😀\x00", "the", "fox fox"]
    plain = type(small).from_str(small.to_str())
    plain.no_truncation()
    plain.no_padding()
    wanted = [plain.encode(value, add_special_tokens=False) for value in values]
    monkeypatch.setattr(tokenizers, "AT_ONCE", 8)
    assert bound.counts(column(values)).tolist() == [len(encoding) for encoding in wanted]
    offsets, found = bound.tokens(column(values))
    assert found.to_list() == [token for encoding in wanted for token in encoding.tokens]
    assert offsets.tolist()[-1] == len(found)
    assert small.truncation is not None  # the caller's own is left as it was


def test_a_reward_counts_with_what_it_is_given(small: Any, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    small.save(str(path))
    counted = [rewardlang.compile(SPEC, tokenizers={"small": given})({"x": ["the fox", ""]}) for given in (small, path)]
    assert [scores.tolist() for scores in counted] == [[2, 0]] * 2
    prints = {rewardlang.compile(SPEC, tokenizers={"small": made}).fingerprint for made in (small, path, str(path))}
    assert len(prints) == 1


def test_tokens_are_a_list_like_others(small: Any) -> None:
    spec = 'reward r(x: text) -> float { count(unique(tokens(x, tokenizer: "small"))) }'
    assert rewardlang.compile(spec, tokenizers={"small": small})({"x": ["foxfox", "\ud800", "a" * 1000]}).tolist() == [
        2.0, 3.0, 1.0,
    ]  # fmt: skip


def test_a_spec_is_checked_without_tokenizers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "r.rwd"
    path.write_text('reward r() -> float { token_count("constant", tokenizer: "small") }\n')
    assert main(["check", str(path), "--emit", "graph"]) == 0
    assert "small" in capsys.readouterr().out


def test_the_command_line_gives_tokenizers(small: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small.save(str(tmp_path / "t.json"))
    path = tmp_path / "r.rwd"
    path.write_text(SPEC + '\nexample "two" { r("the fox") == 2 }\n')
    assert main(["test", str(path), "--tokenizer", f"small={tmp_path / 't.json'}"]) == 0
    assert main(["test", str(path), "--tokenizer", "small"]) == 2
    assert main(["test", str(path)]) == 2
    assert "`--tokenizer small`: write" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given_ones", "told"),
    [
        ({}, r"uses the tokenizer `small`: give it, `load\(…, tokenizers="),
        ({"smal": __file__}, "cannot be read"),
        ({"small": "/no/such/file"}, "cannot be read"),
        ({"small": 3}, "is a path or a `tokenizers.Tokenizer`, not int"),
        ({"bytes": 3}, "`bytes` counts bytes and is always there"),
    ],
)
def test_mistakes_are_told(given_ones: dict[str, Any], told: str) -> None:
    with pytest.raises(rewardlang.CallError, match=told):
        rewardlang.compile(SPEC, tokenizers=given_ones)


def test_a_lacking_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(rewardlang.CallError, match=r"pip install 'rewardlang\[tokenizers\]'"):
        rewardlang.compile(SPEC, tokenizers={"small": "tokenizer.json"})


def test_long_texts_are_split_between_calls(bound: FileTokenizer) -> None:
    values = ["fox " * (tokenizers.AT_ONCE // 12)] * 5 + ["a" * 200_000]
    found = bound.counts(Texts.of(values))
    assert found.tolist()[:5] == [bound.counts(Texts.of(values[:1]))[0]] * 5
