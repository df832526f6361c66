"""Kernels that count their loops: what a call does, whatever the machine."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from rewardlang.kernels import compiling

if TYPE_CHECKING:
    from collections.abc import Callable

TICK = "_tick"
_COUNT = np.zeros(1, np.int64)
_ADDRESS = _COUNT.ctypes.data


def _ticking(_context: Any) -> tuple[Any, Any]:
    def count(_generation: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
        word = ir.IntType(64)
        place = builder.inttoptr(ir.Constant(word, _ADDRESS), word.as_pointer())
        builder.store(builder.add(builder.load(place), ir.Constant(word, 1)), place)
        return ir.Constant(word, 0)

    return types.int64(), count


_tick: Any = intrinsic(_ticking)


class _Loops(ast.NodeTransformer):
    """A tick at the start of every turn of every loop."""

    def visit_For(self, node: ast.For) -> ast.AST:
        return self._counted(node)

    def visit_While(self, node: ast.While) -> ast.AST:
        return self._counted(node)

    def _counted(self, node: ast.For | ast.While) -> ast.AST:
        self.generic_visit(node)
        node.body.insert(0, ast.parse(f"{TICK}()").body[0])
        return node


def counting(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with its loops counted."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list = []
    ast.fix_missing_locations(_Loops().visit(tree))
    function.__globals__[TICK] = _tick
    made: dict[str, Any] = {}
    exec(compile(tree, inspect.getfile(function), "exec"), function.__globals__, made)  # noqa: S102 - source of this project
    counted: Callable[..., Any] = made[function.__name__]
    return counted


def count_loops() -> None:
    """Compile all kernels that are imported from now on so that they count."""
    compiling.kept = lambda function, **options: numba.njit(**{"nogil": True, **options})(counting(function))


def turns(call: Callable[[], Any]) -> int:
    """How many turns of loops a call takes."""
    before = int(_COUNT[0])
    call()
    return int(_COUNT[0]) - before
