"""The command line `rewardlang`, short `rwd`: arguments and exit codes. The commands are in `rewardlang.commands`."""

from __future__ import annotations

import errno
import gc
import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

from rewardlang import __version__
from rewardlang.commands.arguments import (
    DATA,
    ONE_SPEC,
    count,
    group_argument,
    model_arguments,
    naming_arguments,
    port,
    reward_arguments,
    seconds,
    set_argument,
    tokenizer_argument,
)
from rewardlang.commands.console import fail, note_warnings, show_diagnostics
from rewardlang.diagnostics import CallError, CompileError, suggest

if TYPE_CHECKING:
    from collections.abc import Sequence

FINE, FINDING, MISTAKE, INTERNAL = 0, 1, 2, 3
INTERRUPTED, TERMINATED, PIPE_CLOSED = 130, 143, 141
"""What a shell reports of a program that SIGINT, SIGTERM or SIGPIPE ended."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What is wrong where a file can be opened, but not written."""

_EXIT_CODES = """\
exit codes: 0 fine; 1 a finding (a fault in a spec, a failing test, a file to format);
            2 a mistake in the call (an unknown file or flag, a missing column); 3 an internal error"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    thresholds = gc.get_threshold()
    gc.set_threshold(100_000, 20, 20)  # compiling makes many objects and little garbage
    note_warnings()
    try:
        code = _run(sys.argv[1:] if arguments is None else list(arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()
        return PIPE_CLOSED
    except KeyboardInterrupt:
        return INTERRUPTED
    except CompileError as error:
        show_diagnostics(error.diagnostics)
        return FINDING
    except CallError as error:
        fail(str(error))
        return MISTAKE
    except OSError as error:
        if error.filename is None and error.errno not in _FULL:
            return _internal(error)
        reason = (error.strerror or str(error)).lower()
        fail(f"cannot write: {reason}" if error.filename is None else f"cannot open `{error.filename}`: {reason}")
        return MISTAKE
    except Exception as error:  # noqa: BLE001  every other exception is a fault of this program, and says so
        return _internal(error)
    finally:
        gc.set_threshold(*thresholds)
    return code


def run() -> NoReturn:
    """The program: `main`, then the end of the process."""
    code = main()
    gc.freeze()  # the last collection would only look for garbage in what ends anyhow
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    parser, commands = build_parser()
    if not arguments:
        parser.print_help(sys.stderr)
        return MISTAKE
    first = next((word for word in arguments if not word.startswith("-")), None)
    if first is not None and first not in commands and arguments[0] == first:
        raise CallError(f"there is no command `{first}`{_meant(first, commands) or '; see `rwd --help`'}")
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        flags = [flag for action in commands[options.command]._actions for flag in action.option_strings]  # noqa: SLF001  argparse lists its flags nowhere else
        word = unknown[0].partition("=")[0]
        what = "flag" if word.startswith("-") else "further argument"
        raise CallError(f"`rwd {options.command}` takes no {what} `{word}`{_meant(word, flags)}")
    module, _, function = options.run.partition(":")
    code: int = getattr(import_module(f"rewardlang.commands.{module}"), function)(options)
    return code


def _meant(word: str, known: Any) -> str:
    meant = suggest(word, known)
    return f"; did you mean `{meant}`?" if meant else ""


def _internal(error: BaseException) -> int:
    if os.environ.get("REWARDLANG_DEBUG"):
        import traceback

        traceback.print_exception(error)
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f" ({os.path.basename(frame.tb_frame.f_code.co_filename)}:{frame.tb_lineno})" if frame else ""  # noqa: PTH119  pathlib is not worth loading for a name
    fail(
        f"{type(error).__name__}: {error}{place}",
        kind="internal error",
        notes=(
            ("note", f"this is a fault of rewardlang {__version__}, not of your spec or data"),
            ("help", "please report it with the spec that shows it; REWARDLANG_DEBUG=1 prints the traceback"),
        ),
    )
    return INTERNAL


def _forget_stdout() -> None:
    """What is still buffered has no reader: the interpreter must not try to write it when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


# --- arguments -------------------------------------------------------------------------------------------------------


class _Parser(ArgumentParser):
    """Faults in the arguments are told like every other mistake of the caller."""

    def error(self, message: str) -> NoReturn:
        raise CallError(f"{message}; see `{self.prog} --help`")


class _Commands:
    """Adds the commands, all in one form."""

    def __init__(self, parser: ArgumentParser) -> None:
        self._group = parser.add_subparsers(
            dest="command", metavar="COMMAND", required=True, parser_class=_Parser, prog=parser.prog
        )
        self.parsers: dict[str, ArgumentParser] = {}

    def add(self, name: str, run: str, help_: str, about: str, example: str) -> ArgumentParser:
        """A command: one line of help, what it does, and an example of its use."""
        added = self._group.add_parser(
            name,
            help=help_,
            description=about,
            epilog=f"example:\n{example}\n\n{_EXIT_CODES}",
            formatter_class=RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        added.set_defaults(run=run)
        self.parsers[name] = added
        return added


def build_parser() -> tuple[ArgumentParser, dict[str, ArgumentParser]]:
    """The parser of the whole command line, and that of each command."""
    parser = _Parser(
        prog="rwd",
        description="A small, typed, declarative language for the rewards of reinforcement learning.",
        epilog=f"`rwd COMMAND --help` has an example of each command.\n\n{_EXIT_CODES}",
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"rewardlang {__version__}")
    commands = _Commands(parser)
    _check(commands)
    _score(commands)
    _explain(commands)
    _fmt(commands)
    _test(commands)
    _export(commands)
    _serve(commands)
    _judge_stub(commands)
    return parser, commands.parsers


STAGES = ("ast", "checked", "graph", "facts", "staged", "jaxpr")
"""As `driver.STAGES`, which the other commands need not load."""

_SPEC = "a .rwd file, a folder of them, or a module of the standard library; perhaps with `:reward`"


def _check(commands: _Commands) -> None:
    parser = commands.add(
        "check", "checking:check", "find the faults of specs, without running them",
        "Parse and check specs: names, types, axes, missing values, ranges. With --data, also check that the columns\n"
        "of a file fit the reward.",
        "  rwd check rewards/rec.rwd --data rollouts.jsonl",
    )  # fmt: skip
    parser.add_argument("spec", nargs="+", metavar="SPEC", help=_SPEC)
    parser.add_argument("--emit", choices=STAGES, help="print what this stage of the compiler makes of each reward")
    parser.add_argument("--format", choices=("text", "json", "sarif"), default="text", help="how faults are told")
    parser.add_argument("--data", metavar="FILE", help=f"check the columns of this file too ({DATA})")


def _score(commands: _Commands) -> None:
    parser = commands.add(
        "score", "scoring:score", "score a file of samples",
        "Score the rows of a file. Each column that the reward takes is a column of the file. Prints a summary of\n"
        "every term; with -o, also writes a row of scores for each row, whole or not at all.",
        "  rwd score rewards/rec.rwd rollouts.parquet -o scores.parquet --group prompt_id --set format_weight=0.5",
    )  # fmt: skip
    reward_arguments(parser)
    parser.add_argument("-o", "--out", metavar="OUT", help=".parquet, .jsonl or .csv; `-` prints JSON lines")
    parser.add_argument(
        "--keep", metavar="COLUMN", nargs="+", action="extend", default=[], help="columns to copy to OUT"
    )
    parser.add_argument(
        "--on-invalid", choices=("error", "missing"), default="error",
        help="a row that the types do not allow stops everything (error), or has a missing score (missing)",
    )  # fmt: skip


def _explain(commands: _Commands) -> None:
    parser = commands.add(
        "explain", "explaining:explain", "explain the score of one row, or a code of a fault",
        "`rwd explain SPEC DATA --row N` prints the tree of one score, with what each term was made from.\n"
        "`rwd explain CODE` prints the page of a code such as `possibly-missing`; without a code, the list of them.",
        "  rwd explain rewards/rec.rwd rollouts.jsonl --row 17\n  rwd explain possibly-missing",
    )  # fmt: skip
    reward_arguments(parser, optional=True)
    parser.add_argument("--row", type=int, metavar="N", help="which row, counted from 0 (default: 0)")


def _fmt(commands: _Commands) -> None:
    parser = commands.add(
        "fmt", "formatting:fmt", "write specs in the canonical form",
        "Format files in place. Folders are searched for .rwd files; without any, the current one. `-` formats\n"
        "standard input to standard output.",
        "  rwd fmt rewards/        rwd fmt --check",
    )  # fmt: skip
    parser.add_argument("path", nargs="*", metavar="PATH", help="a .rwd file, a folder, or `-`")
    parser.add_argument("--check", action="store_true", help="change nothing; show what would change, and exit with 1")


def _test(commands: _Commands) -> None:
    parser = commands.add(
        "test", "testing:test", "run the examples and properties of specs",
        "Examples run once. Properties run on samples drawn from the types of their fields and from the patterns,\n"
        "tags and words of the spec; a counterexample is made as small as it can be.",
        "  rwd test rewards/ --examples 1000 --seed 7",
    )  # fmt: skip
    parser.add_argument("spec", nargs="+", metavar="SPEC", help=_SPEC)
    parser.add_argument("--examples", type=count, default=100, metavar="N", help="samples a property (default: 100)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another seed, other samples (default: 0)")
    parser.add_argument("-k", dest="only", metavar="TEXT", help="only tests whose name contains this text")
    tokenizer_argument(parser)


def _export(commands: _Commands) -> None:
    parser = commands.add(
        "export", "exporting:export", "write the Python file that a trainer loads, or a compiled artifact",
        "Write a small Python file with the reward as a function of the trainer's own signature. It holds the spec,\n"
        "and needs only this package. Trainers: see docs/trainers.md. With `jax` for TRAINER, write the compiled\n"
        "reward into a folder, which scores without the spec: see docs/artifacts.md.",
        "  rwd export trl rewards/rec.rwd -o reward.py --set format_weight=0.5\n"
        "  rwd export jax rewards/rec.rwd -o rec.artifact",
    )  # fmt: skip
    parser.add_argument("trainer", metavar="TRAINER", help="trl, verl, openrlhf, ..., or jax")
    parser.add_argument("spec", metavar="SPEC", help=ONE_SPEC)
    parser.add_argument(
        "-o", "--out", metavar="FILE", required=True, help="a .py file, `-` prints it; for jax a folder"
    )
    parser.add_argument("--force", action="store_true", help="replace what is there")
    set_argument(parser)
    naming_arguments(parser, "skip, neutral, error, or a number")
    parser.add_argument("--group-size", type=count, metavar="N", help="completions a prompt, for `over group`")
    parser.add_argument("--entries", action="store_true", help="a function for each entry of the root (GDPO)")
    parser.add_argument("--sync", action="store_true", help="a plain function where the trainer takes an async one")
    tokenizer_argument(parser)
    model_arguments(parser)


def _serve(commands: _Commands) -> None:
    parser = commands.add(
        "serve", "serving:serve", "serve a reward over HTTP",
        "Serve a reward until SIGTERM: `/score` for any caller, `/openrlhf` and `/slime` for these trainers. Requests\n"
        "that wait are scored together. Prints the url; see docs/serving.md.",
        "  rwd serve rewards/rec.rwd --port 8700 --set format_weight=0.5",
    )  # fmt: skip
    parser.add_argument("spec", metavar="SPEC", help=ONE_SPEC)
    parser.add_argument("--host", default="127.0.0.1", metavar="HOST", help="where to listen (default: 127.0.0.1)")
    parser.add_argument("--port", type=port, default=0, metavar="N", help="by default one that is free")
    parser.add_argument("--token-env", metavar="NAME", help="the environment variable with the token of callers")
    parser.add_argument(
        "--queue", type=count, default=1024, metavar="N", help="requests under way; more get 503 (default: 1024)"
    )
    parser.add_argument(
        "--max-body", type=count, default=16, metavar="MB", help="the largest body, in MiB (default: 16)"
    )
    parser.add_argument(
        "--body-seconds", type=seconds, default=30.0, metavar="S", help="in which a body must arrive (default: 30)"
    )
    set_argument(parser)
    group_argument(parser)
    naming_arguments(parser, "error, or a number")
    tokenizer_argument(parser)
    model_arguments(parser)


def _judge_stub(commands: _Commands) -> None:
    parser = commands.add(
        "judge-stub", "serving:judge_stub", "serve a stand-in judge, to try models against",
        "Serve an OpenAI-compatible stand-in on this machine. It follows rules and knows nothing: the same request\n"
        "always has the same reply. Prints its url.",
        "  rwd judge-stub --port 8777",
    )  # fmt: skip
    parser.add_argument("--port", type=port, default=0, metavar="N", help="by default one that is free")
    parser.add_argument("--latency", type=seconds, default=0.0, metavar="S", help="seconds before each reply")
    parser.add_argument("--follows", action="store_true", help="obey `Reply with: …` outside of frames, to try attacks")
