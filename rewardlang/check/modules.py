"""Modules: where they are found, and what they declare."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rewardlang.check.name_errors import DuplicateName, ImportNotFound, RecursiveDefinition
from rewardlang.diagnostics.suggest import suggest
from rewardlang.source import Source
from rewardlang.syntax import ast
from rewardlang.syntax.parser import parse

if TYPE_CHECKING:
    from rewardlang.diagnostics import Sink

PACKAGE = Path(__file__).resolve().parent.parent
STANDARD_LIBRARY = next(
    (place for place in (PACKAGE / "stdlib", PACKAGE.parent / "stdlib") if place.is_dir()), PACKAGE / "stdlib"
)
"""In a wheel the standard library lies in the package, in a checkout beside it."""

Named = (
    ast.Record | ast.Param | ast.Const | ast.Model | ast.Memory | ast.Def | ast.Reward
)  # what other modules can import


@dataclass(eq=False)
class Module:
    """A parsed module and its names. `folder` is where its imports are looked for first."""

    name: str
    tree: ast.Ast
    folder: Path | None
    names: dict[str, tuple[Module, Named]] = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)
    """Names of which it is reported already why nothing stands for them."""

    def declarations(self, kind: type[ast.Declaration]) -> list[ast.Declaration]:
        """The declarations of one kind, in order."""
        return [declaration for declaration in self.tree.declarations if isinstance(declaration, kind)]

    @property
    def rewards(self) -> list[str]:
        """The names of the rewards, in order."""
        return [declaration.name for declaration in self.tree.declarations if isinstance(declaration, ast.Reward)]


class Loader:
    """Loads modules, each once."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.modules: dict[str, Module] = {}
        self.loading: list[str] = []

    def load(self, source: Source, folder: Path | None) -> Module:
        """Parse a module and resolve its imports; faults are reported."""
        tree = parse(source, self.sink)
        module = Module(source.name, tree, folder, faulty=set(tree.unread))
        self.loading.append(source.name)
        for declaration in module.tree.declarations:
            if isinstance(declaration, ast.Import):
                self._import(module, declaration)
            elif isinstance(declaration, Named):
                self._declare(module, declaration.name, module, declaration, declaration)
        self.loading.pop()
        return module

    def _declare(self, into: Module, name: str, origin: Module, named: Named, at: ast.Node) -> None:
        if name in into.names:
            self.sink.report(DuplicateName(span=at.span, name=name))
        else:
            into.names[name] = (origin, named)

    def _import(self, module: Module, declaration: ast.Import) -> None:
        found = self._find(module, declaration)
        if found is None:
            module.faulty.update(declaration.names)
            return
        for name in declaration.names:
            if name in found.names:
                self._declare(module, name, *found.names[name], declaration)
                continue
            module.faulty.add(name)
            if name not in found.faulty:
                text = f"the module `{'.'.join(declaration.path)}` declares no `{name}`"
                self.sink.report(
                    ImportNotFound(span=declaration.span, text=text, suggestion=suggest(name, list(found.names)))
                )

    def _find(self, module: Module, declaration: ast.Import) -> Module | None:
        dotted = ".".join(declaration.path)
        path = next((p for p in candidates(declaration.path, module.folder) if p.is_file()), None)
        if path is None:
            known = [".".join(("std", *p.relative_to(STANDARD_LIBRARY).with_suffix("").parts)) for p in standard()]
            self.sink.report(
                ImportNotFound(
                    span=declaration.span, text=f"there is no module `{dotted}`", suggestion=suggest(dotted, known)
                )
            )
            return None
        name = str(path)
        if name in self.loading:
            cycle = " -> ".join(Path(part).stem for part in (*self.loading[self.loading.index(name) :], name))
            self.sink.report(RecursiveDefinition(span=declaration.span, name=dotted, path=cycle))
            return None
        if name not in self.modules:
            self.modules[name] = self.load(read_source(path), path.parent)
        return self.modules[name]


def standard() -> list[Path]:
    """The modules of the standard library."""
    return sorted(STANDARD_LIBRARY.rglob("*.rwd"))


def home_of(name: str) -> str | None:
    """The module of the standard library, published rewards left out, that defines a function of this name."""
    defines = re.compile(rf"^def {re.escape(name)}\(", re.MULTILINE)
    for path in standard():
        module = ".".join(("std", *path.relative_to(STANDARD_LIBRARY).with_suffix("").parts))
        if not module.startswith("std.systems.") and defines.search(path.read_text(encoding="utf-8")):
            return module
    return None


def candidates(path: tuple[str, ...], folder: Path | None) -> list[Path]:
    """Files that a dotted path may mean, the first that exists wins."""
    places = [] if folder is None else [folder.joinpath(*path).with_suffix(".rwd")]
    inside = path[1:] if path[0] == "std" else path
    return [*places, STANDARD_LIBRARY.joinpath(*inside).with_suffix(".rwd")] if inside else places


def read_source(path: Path) -> Source:
    """The text of a file. Bytes that are no UTF-8 become U+FFFD, where the parser then stops."""
    return Source(str(path), path.read_bytes().decode("utf-8", errors="replace").removeprefix("\ufeff"))
