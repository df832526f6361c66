"""Arguments that several commands take, and the types of their values."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argparse import ArgumentParser

ONE_SPEC = "a .rwd file or a module of the standard library, perhaps with `:reward`"
DATA = "rows: .jsonl, .parquet or .csv; .jsonl.gz and .csv.gz"


def reward_arguments(parser: ArgumentParser, *, optional: bool = False) -> None:
    """What is scored: a reward and rows."""
    more: dict[str, Any] = {"nargs": "?"} if optional else {}
    name = "SPEC|CODE" if optional else "SPEC"
    parser.add_argument("spec", metavar=name, help=ONE_SPEC + (", or a code" if optional else ""), **more)
    parser.add_argument("data", metavar="DATA", help=DATA, **more)
    set_argument(parser)
    group_argument(parser)
    tokenizer_argument(parser)
    model_arguments(parser)


def set_argument(parser: ArgumentParser) -> None:
    """Values of params."""
    parser.add_argument(
        "--set", metavar="NAME=VALUE", action="append", default=[], help="set a param; may be given several times"
    )


def group_argument(parser: ArgumentParser) -> None:
    """Which rows belong together."""
    parser.add_argument(
        "--group", metavar="COLUMN", help="the column that is equal for the samples of one prompt, which are adjacent"
    )


def naming_arguments(parser: ArgumentParser, policies: str) -> None:
    """How trainers name what a reward takes, and what a missing score is to them."""
    parser.add_argument(
        "--column", metavar="FIELD=NAME", action="append", default=[],
        help="what the trainer calls a field: `reply=completion`; may be given several times",
    )  # fmt: skip
    parser.add_argument("--missing", metavar="POLICY", help=f"of a missing score: {policies}")
    parser.add_argument(
        "--special-tokens", choices=("keep", "strip"), help="tokens such as `<|im_end|>` in completions"
    )


def model_arguments(parser: ArgumentParser) -> None:
    """What answers for models, and what that may cost."""
    group = parser.add_argument_group("models")
    group.add_argument(
        "--model", metavar="NAME=MODULE:FUNCTION", action="append", default=[],
        help="the Python function that answers for a model of the spec; may be given several times",
    )  # fmt: skip
    group.add_argument(
        "--tool", metavar="NAME=MODULE:FUNCTION", action="append", default=[],
        help="a Python function that judges may call as a tool of this name; may be given several times",
    )  # fmt: skip
    group.add_argument("--url", metavar="URL", help="where models without a url of their own are")
    group.add_argument(
        "--allow", metavar="URL", action="append", default=[],
        help="an address in the spec that may be called, or hf:NAME, a model that may be loaded; may be given several\n"
        "times",
    )  # fmt: skip
    group.add_argument("--key", metavar="NAME", help="the environment variable that holds the key")
    group.add_argument("--cache", metavar="FILE", help="keep replies, so that later runs need not call for them")
    group.add_argument("--concurrency", type=count, metavar="N", help="calls that are under way at once (default: 32)")
    group.add_argument("--deadline", type=seconds, metavar="S", help="seconds for a request with its retries")
    group.add_argument("--max-calls", type=count, metavar="N", help="make at most so many calls")
    group.add_argument("--dry-run", action="store_true", help="call nothing; count calls, and estimate their tokens")


def tokenizer_argument(parser: ArgumentParser) -> None:
    """Tokenizers by name."""
    parser.add_argument(
        "--tokenizer", metavar="NAME=FILE", action="append", default=[],
        help="the tokenizer.json of a tokenizer that the spec names; may be given several times",
    )  # fmt: skip


def port(text: str) -> int:
    """A port; 0 is one that is free.

    Raises:
        ArgumentTypeError: the text is none.
    """
    if not text.isdecimal() or not 0 <= int(text) < 65536:
        raise ArgumentTypeError(f"`{text}` is no port")
    return int(text)


def seconds(text: str) -> float:
    """A number of seconds.

    Raises:
        ArgumentTypeError: the text is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 3600:
        raise ArgumentTypeError(f"`{text}` is no number of seconds below an hour")
    return value


def count(text: str) -> int:
    """A positive number.

    Raises:
        ArgumentTypeError: the text is none.
    """
    if not text.isdecimal() or int(text) == 0:
        raise ArgumentTypeError(f"`{text}` is no positive number")
    return int(text)
