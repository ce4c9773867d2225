"""What docs/prepare.md shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs/prepare.md").read_text()


def test_the_example_finds_the_rate(capsys, tmp_path, monkeypatch):
    (block,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "docs/prepare.md", "exec"), {})
    assert re.fullmatch(r"r = 0\.4000 after \d+ runs\n", capsys.readouterr().out)
    assert list(tmp_path.iterdir()) == []
