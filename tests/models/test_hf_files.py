"""Models of Hugging Face that a spec names: what is loaded, from where, and what is not."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

import rewardlang
from rewardlang import CallError, Calling, HuggingFace
from rewardlang.cli import main
from tests.models.hf_models import CHAT, ROWS, judge, network, opened

if TYPE_CHECKING:
    from pathlib import Path

torch = pytest.importorskip("torch", reason="PyTorch is not installed: rewardlang[hf]")
transformers = pytest.importorskip("transformers", reason="transformers is not installed: rewardlang[hf]")
tokenizers = pytest.importorskip("tokenizers")
hub = pytest.importorskip("huggingface_hub")


pytestmark = pytest.mark.filterwarnings("ignore")


NAMED = """
model judge(prompt: text, completion: text) -> float? = hf("{name}"{options})
reward r(prompt: text, completion: text) -> float? {{ judge(prompt, completion) }}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(judge("LlamaForSequenceClassification", chat=CHAT), tmp_path_factory.mktemp("rm"))


def saved(given: HuggingFace, folder: Path) -> Path:
    given.model.save_pretrained(folder)
    given.tokenizer.save_pretrained(folder)
    return folder


def named(name: object, *allow: str, options: str = "") -> rewardlang.Reward:
    spec = NAMED.format(name=name, options=options)
    return rewardlang.compile(spec, calling=Calling(allow=(f"hf:{name}", *allow), progress=False))


def test_a_model_is_loaded_by_its_path_offline(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any, **__: Any) -> NoReturn:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", forbidden)
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    wanted = opened(judge("LlamaForSequenceClassification", chat=CHAT))(ROWS).values
    assert named(folder)(ROWS).tolist() == pytest.approx(wanted, abs=2e-5)
    rounded = named(folder, options=", dtype: bfloat16")(ROWS).tolist()
    assert rounded != pytest.approx(wanted, abs=2e-5)
    assert rounded == pytest.approx(wanted, abs=0.5)


def test_the_command_line_loads_what_it_allows(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "s.rwd").write_text(NAMED.format(name=folder, options=""))
    (tmp_path / "d.jsonl").write_text(json.dumps({"prompt": "a", "completion": "b"}))
    call = ["score", str(tmp_path / "s.rwd"), str(tmp_path / "d.jsonl")]
    assert main([*call, "--allow", f"hf:{folder}"]) == 0
    assert "model judge: 1 of 1 answered" in capsys.readouterr().out
    assert main(call) == 2
    assert f"loads `hf:{folder}`, which is not allowed" in capsys.readouterr().err


def broken(folder: Path, target: Path, fault: str) -> str:
    """A folder with a fault; what the message says of it."""
    for path in folder.iterdir():
        (target / path.name).write_bytes(path.read_bytes())
    if fault == "adapter":
        (target / "adapter_config.json").write_text("{}")
        return "holds an adapter"
    if fault == "code":
        config = json.loads((folder / "config.json").read_text())
        places = {"AutoConfig": "own.Own", "AutoModelForSequenceClassification": "own.Own"}
        (target / "config.json").write_text(json.dumps({**config, "model_type": "own", "auto_map": places}))
        (target / "own.py").write_text("raise SystemExit('code of a model was run')")
        return "cannot be loaded"
    (target / "model.safetensors").unlink()
    if fault == "pickle":
        torch.save(network("LlamaForSequenceClassification").state_dict(), target / "pytorch_model.bin")
        return "cannot be loaded"
    if fault == "head":
        network("LlamaForCausalLM").save_pretrained(target)
        return r"is not a sequence classifier: it has no weights for `score\.weight`"
    (target / "model.safetensors").write_text("abc")
    return "cannot be loaded"


@pytest.mark.parametrize("fault", ["adapter", "code", "pickle", "head", "cut"])
def test_only_weights_and_settings_are_loaded(fault: str, folder: Path, tmp_path: Path) -> None:
    message = broken(folder, tmp_path, fault)
    with pytest.raises(CallError, match=message):
        named(tmp_path)


def test_a_model_of_the_hub_is_not_downloaded_unless_its_address_is_allowed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub.constants, "HF_HUB_CACHE", str(tmp_path))
    name, commit = "some-one/judge", "0" * 40
    with pytest.raises(CallError, match=r"`hf:some-one/judge` is not on this machine; to download it, add `https://hu"):
        named(name)
    kept = tmp_path / "models--some-one--judge"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text(commit)
    (kept / "snapshots").mkdir()
    (kept / "snapshots" / commit).symlink_to(folder)
    assert named(name)(ROWS).tolist() == pytest.approx(named(folder)(ROWS).tolist(), abs=2e-5)
    asked: list[Any] = []
    monkeypatch.setattr(hub, "snapshot_download", lambda *_, **given: asked.append(given) or str(folder))
    named(name, hub.constants.ENDPOINT, options=', revision: "v2"')
    assert (asked[0]["local_files_only"], asked[0]["token"], asked[0]["revision"]) == (False, False, "v2")
    assert not any(pattern.endswith((".py", ".bin", ".pt", ".pkl")) for pattern in asked[0]["allow_patterns"])


def test_a_folder_has_no_revision(folder: Path) -> None:
    with pytest.raises(CallError, match="is a folder, which has no `revision`"):
        named(folder, options=', revision: "main"')
