"""`rwd export`: what it writes, and what it refuses."""

from __future__ import annotations

import ast
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rewardlang
from rewardlang.cli import main
from rewardlang.diagnostics import CallError, CompileError
from rewardlang.trainers import exporting
from rewardlang.trainers.exporting import export
from rewardlang.trainers.registry import NAMED, TRAINERS, find_trainer
from tests.trainers.conftest import SAMPLES, Exporting, own

COLUMNS = {
    "prompts": ["p"] * 5,
    "completions": SAMPLES["completion"],
    "word": SAMPLES["word"],
    "bonus": SAMPLES["bonus"],
}

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", NAMED)
def test_a_file_is_written_for_every_trainer(
    name: str, spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "reward.py"
    assert main(["export", name, str(own(name, spec)), "-o", str(out)]) == 0, capsys.readouterr()
    tree = ast.parse(out.read_text("utf-8"))
    defined = {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    both = {"asked_vector"} if name == "gymnasium" else set()
    assert defined == {find_trainer(name).function or "asked", *both}
    written = capsys.readouterr().err
    assert f"wrote `{out}` for {find_trainer(name).title}" in written
    assert "{" not in written or name == "verifiers"


@pytest.mark.parametrize("trainer", TRAINERS, ids=lambda trainer: trainer.name)
def test_the_file_is_as_a_formatter_leaves_it(trainer: Any, spec: Path, tmp_path: Path) -> None:
    out = tmp_path / "reward.py"
    columns = {"found" if trainer.steps else "word": "truth"}
    text = export(trainer, str(own(trainer.name, spec)), params={"brevity": 0.25}, columns=columns)
    out.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "120", "--diff", str(out)]
    subprocess.run(command, check=True)


def test_a_file_is_not_replaced_unless_forced(spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "reward.py"
    out.write_text("mine = 1\n")
    assert main(["export", "trl", str(spec), "-o", str(out)]) == 2
    assert f"`{out}` exists; `--force` replaces it" in capsys.readouterr().err
    assert out.read_text() == "mine = 1\n"
    assert main(["export", "trl", str(spec), "-o", str(out), "--force"]) == 0
    assert "def asked" in out.read_text()


def test_nothing_is_written_of_a_spec_with_a_fault(tmp_path: Path) -> None:
    (tmp_path / "bad.rwd").write_text("reward r(x: float) -> score { x + }\n")
    out = tmp_path / "reward.py"
    assert main(["export", "trl", str(tmp_path / "bad.rwd"), "-o", str(out)]) == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["tlr"], "there is no trainer `tlr`; did you mean `trl`?"),
        (["trl", "-o", "reward.txt"], "its name ends in `.py`"),
        (["trl", "-o", "nowhere/reward.py"], "there is no folder `nowhere`"),
        (["trl", "--set", "brevty=1"], "`asked` has no param `brevty`; did you mean `brevity`?"),
        (["trl", "--set", "brevity=7"], "`brevity` must lie in"),
        (["trl", "--column", "wrd=truth"], "`asked` has no field `wrd`; did you mean `word`?"),
        (["trl", "--column", "word"], "`--column word`: write `--column FIELD=NAME`"),
        (["trl", "--missing", "ignore"], "TRL cannot be told `ignore` of a missing score"),
        (["verl", "--missing", "skip"], "verl cannot be told `skip` of a missing score"),
        (["verl", "--entries"], "verl has no use for `--entries`"),
        (["trl", "--sync"], "TRL has no use for `--sync`"),
        (["gymnasium"], "work that cannot be traced: it reads text or JSON"),
        (["gymnasium", "--group-size", "4"], "gymnasium has no use for `--group-size`"),
        (["trl", "--group-size", "0"], "`0` is no positive number"),
    ],
)
def test_what_does_not_fit_is_refused(
    words: list[str], message: str, spec: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(spec.parent)
    name, *rest = words
    assert main(["export", name, str(spec), *([] if "-o" in rest else ["-o", "reward.py"]), *rest]) == 2
    assert message in capsys.readouterr().err
    assert not (spec.parent / "reward.py").exists()


def test_a_function_is_pickled_by_its_name(exported: Exporting) -> None:
    function = exported("trl").asked
    assert pickle.loads(pickle.dumps(function)) is function  # noqa: S301 - our own
    assert function.__name__ == "asked"


@pytest.mark.parametrize("trainer", TRAINERS, ids=lambda trainer: trainer.name)
def test_an_adapter_can_be_sent_to_another_process(trainer: Any, exported: Exporting) -> None:
    """Ray sends a decorated class by its value, and with it what its methods name."""
    from importlib import import_module

    binding = exported("trl")._reward._scorer.binding
    adapter = import_module(trainer.write.__module__).Adapter(binding)
    assert type(pickle.loads(pickle.dumps(adapter))) is type(adapter)  # noqa: S301 - our own


def test_params_are_set(exported: Exporting) -> None:
    assert exported("trl", params={"brevity": 0.0}).asked(**COLUMNS) == [1.0, 0.5, 0.0, 2.0, None]


def test_a_field_can_have_another_name(exported: Exporting) -> None:
    columns = {name: values for name, values in COLUMNS.items() if name != "word"} | {"truth": SAMPLES["word"]}
    assert exported("trl", columns={"word": "truth"}).asked(**columns) == [1.5, 1.0, 0.5, 2.0, None]


def test_a_renamed_column_is_one_clear_error(exported: Exporting) -> None:
    function = exported("trl").asked
    columns = {name: values for name, values in COLUMNS.items() if name != "word"} | {"words": SAMPLES["word"]}
    with pytest.raises(CallError) as caught:
        function(**columns)
    assert str(caught.value) == (
        "TRL gave no `word`, which `asked` needs: it gave `bonus`, `completion`, `prompt`, `words`; "
        "is `words` meant? Then say `--column word=words`"
    )


def test_modules_beside_the_spec_come_along(tmp_path: Path, exported: Exporting) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "words.rwd").write_text('def polite(x: text) -> bool = contains(x, "please")\n')
    spec = tmp_path / "manners.rwd"
    spec.write_text(
        "from parts.words import polite\n\nreward manners(completion: text) -> score { polite(completion) }\n"
    )
    module = exported("trl", spec)
    spec.unlink()
    (tmp_path / "parts" / "words.rwd").unlink()
    assert module.manners(prompts=["", ""], completions=["please", "now"]) == [1, 0]


def test_a_module_of_the_standard_library_is_named_alone(exported: Exporting) -> None:
    module = exported("trl", "systems.vlm_r1:rec")
    assert "files" not in Path(str(module.__file__)).read_text("utf-8")


@pytest.mark.parametrize("text", ["'''", "a\\", "\x07", "ü \u2028 x", '"', "\\'''\\"])
def test_any_text_in_a_spec_survives(text: str, tmp_path: Path, exported: Exporting) -> None:
    spec = tmp_path / "odd.rwd"
    spec.write_text(
        f'reward odd(completion: text) -> score {{ contains(completion, "x") }}  # {text}\r\n# {text}', "utf-8"
    )
    try:
        rewardlang.load(spec)
    except CompileError:
        pytest.skip("no spec holds this text")
    module = exported("trl", spec)
    assert module._reward._scorer.binding.files["odd.rwd"].encode() == spec.read_bytes()
    assert module.odd(prompts=["", ""], completions=["x", "y"]) == [1, 0]


@given(
    st.recursive(st.text(), lambda inner: st.dictionaries(st.text(), inner) | st.lists(inner).map(tuple), max_leaves=5)
)
def test_a_literal_is_the_value(value: Any) -> None:
    assert ast.literal_eval(exporting.literal(value)) == value


def test_tokenizers_are_found_again(tmp_path: Path, exported: Exporting) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = Tokenizer(models.WordLevel({"a": 0, "b": 1, "?": 2}, unk_token="?"))  # noqa: S106 - a token of a vocabulary
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.save(str(tmp_path / "tokenizer.json"))
    spec = tmp_path / "counted.rwd"
    spec.write_text('reward counted(completion: text) -> score { min(1, token_count(completion, "words") / 4) }\n')
    module = exported("trl", spec, tokenizers={"words": str(tmp_path / "tokenizer.json")})
    assert module.counted(prompts=["", ""], completions=["a b", "a b c d"]) == [0.5, 1]


def test_another_meaning_is_refused(spec: Path) -> None:
    text = export(find_trainer("trl"), str(spec))
    fingerprint = rewardlang.load(spec).fingerprint
    names: dict[str, Any] = {}
    exec(text.replace(fingerprint, "0" * 32), names)  # noqa: S102 - our own
    with pytest.raises(CallError, match=r"means something else in rewardlang .* export it again"):
        names["asked"](**COLUMNS)


REFUSED = [
    (
        "reward r(completion: text) -> float { length(completion) - mean(length(completion) over batch) }",
        "`over batch`",
    ),
    ("reward r(x: float[time]) -> float[time] { x }", "gives a list a sample"),
    ("memory n: float = 0\n\nreward r(x: float) -> float {\n    remember n = x\n    return n\n}", "remembers `n`"),
]
KEPT = "memory n: float = 0 per sample\n\nreward r(x: float) -> float {\n    remember n = x\n    return n\n}"


@pytest.mark.parametrize("trainer", TRAINERS, ids=lambda trainer: trainer.name)
def test_what_steps_environments_remembers_each_alone(trainer: Any, tmp_path: Path) -> None:
    spec = tmp_path / "r.rwd"
    spec.write_text(KEPT)
    if trainer.steps:
        assert "class r(" in export(trainer, str(spec))
        return
    with pytest.raises(CallError, match="remembers `n` from call to call"):
        export(trainer, str(spec))


@pytest.mark.parametrize("trainer", TRAINERS, ids=lambda trainer: trainer.name)
@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_what_a_trainer_cannot_have_is_refused_by_name(text: str, message: str, trainer: Any, tmp_path: Path) -> None:
    spec = tmp_path / "r.rwd"
    spec.write_text(text)
    with pytest.raises(CallError, match=message) as caught:
        export(trainer, str(spec))
    assert "`r`" in str(caught.value)
    assert trainer.title in str(caught.value)


@pytest.mark.parametrize(
    ("name", "sized", "message"),
    [
        ("trl", True, "say how many there are with `--group-size N`"),
        ("ms-swift", True, "say how many there are with `--group-size N`"),
        ("easydel", True, "say how many there are with `--group-size N`"),
        ("verl", False, "verl asks for one sample at a time"),
        ("openrlhf", False, "OpenRLHF asks for one sample at a time"),
        ("nemo-rl", False, "NeMo-RL gives an actor any part of a batch"),
        ("easyr1", False, "EasyR1 gives a worker any part of a batch"),
        ("brax", False, "Brax has traced arrays, a step at a time"),
        ("verifiers", False, "verifiers asks for one trace at a time"),
    ],
)
def test_groups_are_refused_where_they_may_be_split(name: str, sized: bool, message: str, grouped: Path) -> None:  # noqa: FBT001 - a fact of the case
    with pytest.raises(CallError, match=message):
        export(find_trainer(name), str(grouped))
    if sized:
        assert "group=4" in export(find_trainer(name), str(grouped), group=4)


def test_models_are_functions_of_other_modules(
    tmp_path: Path, exported: Exporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_judge.py").write_text(
        "def score(completion):\n    return [len(text) / 10 for text in completion]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    spec = tmp_path / "judged.rwd"
    spec.write_text(
        "model judge(completion: text) -> score?\n\nreward judged(completion: text) -> score? { judge(completion) }\n"
    )
    module = exported("trl", spec, models={"judge": "my_judge:score"})
    assert module.judged(prompts=["", ""], completions=["abc", "abcde"]) == pytest.approx([0.3, 0.5])
    with pytest.raises(CallError, match=r"the function `my_judge:scores`.*write `package.module:function`"):
        export(find_trainer("trl"), str(spec), models={"judge": "my_judge:scores"})


def test_no_trainer_is_imported() -> None:
    program = (
        "import sys, rewardlang.trainers.registry\n"
        "heavy = {'torch', 'jax', 'trl', 'verl', 'ray', 'tunix', 'swift', 'verifiers', 'openenv', 'skyrl_gym', 'gymnasium', 'brax', 'rlgym'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_how_models_are_called_is_kept_and_no_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUDGE_KEY", "not to be written")
    spec = tmp_path / "judged.rwd"
    spec.write_text(
        'model judge(completion: text) -> float? in 1..5 = chat(model: "m", prompt: t"Rate {completion}", reply: score)\n\n'
        "reward judged(completion: text) -> float? in 1..5 { judge(completion) }\n"
    )
    words = ["--url", "http://127.0.0.1:9", "--key", "JUDGE_KEY", "--max-calls", "7"]
    assert main(["export", "trl", str(spec), "-o", str(tmp_path / "reward.py"), *words]) == 0, capsys.readouterr().err
    text = (tmp_path / "reward.py").read_text("utf-8")
    assert 'calling={"url": "http://127.0.0.1:9", "key": "JUDGE_KEY", "max_calls": 7, "allow": ()},' in text
    assert "not to be written" not in text
