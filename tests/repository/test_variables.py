"""What the package reads of the environment."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMON = {"PATH", "SLURM_CPUS_PER_TASK", "TERM", "XDG_CACHE_HOME", "XDG_DATA_HOME"}


def read_variables() -> Iterator[tuple[str, str]]:
    """Each place and the name of the variable that is read there; "" where the source does not show it."""
    for path in sorted((ROOT / "simcore").rglob("*.py")):
        tree = ast.parse(path.read_text())
        names = {
            node.targets[0].id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
        }
        parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv"):
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                above = parents[node]
                if isinstance(above, ast.Attribute):  # os.environ.get(NAME)
                    above = parents[above]
                if isinstance(above, ast.Dict):  # all of it, for a program that is started
                    continue
                key = above.args[0] if isinstance(above, ast.Call) else getattr(above, "slice", None)
                if isinstance(above, ast.Subscript) and isinstance(above.ctx, ast.Store):
                    continue
                key = names.get(key.id, "") if isinstance(key, ast.Name) else getattr(key, "value", "")
                yield place, key if isinstance(key, str) else ""


def test_only_documented_variables_are_read():
    pages = "".join(path.read_text() for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
    found = list(read_variables())
    assert found
    for place, name in found:
        assert name, f"{place}: which variable?"
        assert name in COMMON or (name.startswith("SIMCORE_") and name in pages), f"{place}: {name}"
