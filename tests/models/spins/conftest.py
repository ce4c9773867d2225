"""What tests of spins set aside from the defaults."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture
def largest_table(monkeypatch) -> Callable[[int], None]:
    """Set how many entries a table may have; models that are made from then on keep to it."""

    def set_largest(entries: int) -> None:
        monkeypatch.setattr("simcore.models.spins.energy_table.LARGEST", entries)
        monkeypatch.setattr("simcore.models.spins.shared_structure.REMEMBERED", {})

    return set_largest
