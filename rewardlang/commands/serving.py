"""`rwd judge-stub`: a stand-in judge on this machine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rewardlang.commands.console import note, say

if TYPE_CHECKING:
    from argparse import Namespace


def judge_stub(options: Namespace) -> int:
    """Serve until interrupted."""
    from rewardlang.models.stub.server import MODEL, StubServer

    async def serve() -> None:
        stub = StubServer(latency=options.latency, follows=options.follows, port=options.port, keep=False)
        server = await stub.listen()
        note(f"the stand-in `{MODEL}` follows rules and knows nothing; end it with Ctrl+C")
        say(stub.url)
        await server.serve_forever()

    asyncio.run(serve())
    return 0
