"""`rwd serve`, a reward behind HTTP, and `rwd judge-stub`, a stand-in judge on this machine."""

from __future__ import annotations

import asyncio
import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import rewardlang
from rewardlang.commands.console import note, say
from rewardlang.commands.samples import settings
from rewardlang.commands.specs import models, pairs, tokenizers
from rewardlang.diagnostics import CallError

if TYPE_CHECKING:
    from argparse import Namespace

    from rewardlang.serving.app import Settings

_LOCAL = ("127.0.0.1", "::1", "localhost")
_NEEDED = ("prometheus_client", "starlette", "uvicorn")


def serve(options: Namespace) -> int:
    """Serve until SIGTERM, which is always 0: what goes wrong before is the caller's mistake, an exception."""
    if lacking := [name for name in _NEEDED if find_spec(name) is None]:
        raise CallError(f"`rwd serve` needs {', '.join(lacking)}: pip install 'rewardlang[serve]'")
    token = _token(options.token_env)
    from rewardlang.backend.platform import stay_on_host
    from rewardlang.serving.app import Service
    from rewardlang.serving.running import listen, run, url_of

    stay_on_host()
    asking = models(options)
    reward = rewardlang.load(options.spec, **tokenizers(options.tokenizer), **asking)
    service = Service(reward, _settings(options, settings(reward, options.set), token))
    with listen(options.host, options.port) as listening:
        for path, reason in service.refused.items():
            note(f"note: `{path}` is not served: {reason}")
        if token is None and options.host not in _LOCAL:
            note(f"warning: whoever reaches `{options.host}` can call this server: `--token-env NAME` asks for a token")
        service.scoring.warm()
        run(service.app(), listening, lambda: _announce(url_of(listening)))
    if "calling" in asking:
        note(f"calls: {asking['calling'].usage}")
    return 0


def _token(name: str | None) -> str | None:
    if name is None:
        return None
    token = os.environ.get(name)
    if not token:
        raise CallError(f"`--token-env {name}`: there is no environment variable `{name}`, or it is empty")
    return token


def _settings(options: Namespace, params: dict[str, bool | int | float], token: str | None) -> Settings:
    from rewardlang.serving.app import Settings
    from rewardlang.serving.bodies import Limits
    from rewardlang.serving.trainers import Naming

    columns = pairs("--column", options.column, "FIELD=NAME")
    return Settings(
        params=params, group=options.group, naming=Naming(columns, options.missing, options.special_tokens),
        queue=options.queue, body=Limits(options.max_body * 2**20, options.body_seconds), token=token,
    )  # fmt: skip


def _announce(url: str) -> None:
    """Say where a server is, at once, also to a program that reads it from a pipe."""
    say(url)
    sys.stdout.flush()


def judge_stub(options: Namespace) -> int:
    """Serve until interrupted."""
    from rewardlang.models.stub.server import MODEL, StubServer

    async def serve() -> None:
        stub = StubServer(latency=options.latency, follows=options.follows, port=options.port, keep=False)
        server = await stub.listen()
        note(f"the stand-in `{MODEL}` follows rules and knows nothing; end it with Ctrl+C")
        _announce(stub.url)
        await server.serve_forever()

    asyncio.run(serve())
    return 0
