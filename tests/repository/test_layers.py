"""An import runs downward only: the order is the one that docs/architecture.md draws."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "simcore"
MODULES = sorted(PACKAGE.rglob("*.py"))
TOP = "simcore"
FACTS = {"__version__", "__file__"}  # what any layer may ask of `simcore` itself


def drawn_order() -> list[set[str]]:
    """The layers from the top, each a set of packages."""
    drawing = re.search(r"```\n(cli .*?)```", (ROOT / "docs/architecture.md").read_text(), re.DOTALL)
    assert drawing, "docs/architecture.md draws the layers in its first block"
    lines = drawing[1].splitlines()
    return [{part.split()[0] for part in line.split("|")} for line in lines]


LAYERS = drawn_order()
HEIGHT = {name: -depth for depth, names in enumerate(LAYERS) for name in names}
HEIGHT |= {TOP: 1, "__main__": 2}


def layer(module: str) -> str:
    """The layer of a module: `cli` for simcore.cli.table.

    `simcore`, the public names, is a layer of its own.
    """
    parts = module.split(".")[1:]
    return next((name for n in (2, 1) if (name := ".".join(parts[:n])) in HEIGHT), TOP)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {module_name(path) for path in MODULES}


def imported(path: Path, *, by_type_checkers: bool) -> Iterator[tuple[str, int]]:
    """Every simcore module that a file imports, at the top or inside a function, and the line.

    by_type_checkers: also what only they import, and modules that are named in a string.
    """
    tree = ast.parse(path.read_text())
    skipped = set() if by_type_checkers else set(_only_for_type_checkers(tree))
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.split(".")[0] == "simcore"]
            yield from ((name, node.lineno) for name in names if name != TOP or not _asks_only_facts(tree))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "simcore":
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            names = [alias.name for alias in node.names if alias.name not in FACTS]
            yield from ((_module(node.module or "", name), node.lineno) for name in names)
        elif by_type_checkers and isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value.partition(":")[0]  # "simcore.models.grid.pde:Pde"
            if "." in name and name in NAMES:
                yield name, node.lineno


def _only_for_type_checkers(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for statement in node.body:
                yield from ast.walk(statement)


def _asks_only_facts(tree: ast.AST) -> bool:
    """Whether all that is taken from the name `simcore` are facts about the package."""
    attributes = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return all(node.attr in FACTS for node in attributes if isinstance(node.value, ast.Name) and node.value.id == TOP)


def _module(package: str, name: str) -> str:
    """What `from package import name` imports: a module of that name, else the package."""
    return f"{package}.{name}" if f"{package}.{name}" in NAMES else package


def test_the_drawing_names_every_package():
    packages = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    assert packages | {"errors", "plugins"} == {name for names in LAYERS for name in names}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: module_name(path))
def test_imports_run_downward_only(path):
    if path == PACKAGE / "__init__.py":
        pytest.skip("the public names come from everywhere")
    here = layer(module_name(path))
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {here} must not import {target}"
        for target, line in imported(path, by_type_checkers=True)
        if layer(target) != here and HEIGHT[layer(target)] >= HEIGHT[here]
    ]
    assert not wrong, "\n".join(wrong)


FILES_OF_USERS = "simcore.models.array_file"  # a start from another run, verified by the checksums of `storage`


def test_models_know_no_process_and_no_file():
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {target}"
        for path in MODULES
        if layer(module_name(path)) == "models"
        for target, line in imported(path, by_type_checkers=True)
        if layer(target) == "parallel" or (layer(target) == "storage" and module_name(path) != FILES_OF_USERS)
    ]
    assert not wrong, "\n".join(wrong)


def test_no_two_modules_import_each_other():
    graph = {
        module_name(path): {target for target, _ in imported(path, by_type_checkers=False)}
        for path in MODULES
        if path != PACKAGE / "__init__.py"
    }
    finished: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join((*trail[trail.index(module) :], module))
        if module not in finished:
            for target in graph.get(module, set()) - {module}:
                visit(target, (*trail, module))
            finished.add(module)

    for module in graph:
        visit(module, ())


def test_kernel_side_random_numbers_import_only_what_a_kernel_may():
    allowed = {"__future__", "collections", "dataclasses", "math", "numba", "numpy", "simcore", "typing"}
    for path in sorted((PACKAGE / "random").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found = {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found = {(node.module or "").split(".")[0]}
            else:
                continue
            assert found <= allowed, f"{path.name}:{node.lineno}: {found - allowed}"


def test_every_file_that_the_map_of_concepts_names_is_there():
    named = re.findall(r"`(simcore/[\w/]+(?:\.py)?/?)`", (ROOT / "docs/architecture.md").read_text())
    assert len(named) > 40
    assert not [name for name in named if not (ROOT / name).exists()]
