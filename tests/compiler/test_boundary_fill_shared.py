"""Ghost cells in compiled code, filled by the workers that own what they mirror."""

from __future__ import annotations

import numpy as np
import pytest

from tests.compiler.test_boundary_fill import PERIODIC, WALLS, case


@pytest.mark.parametrize("shape", [(2051,), (5, 4), (4, 3, 3)])
def test_every_neighbour_is_where_numpy_has_it(shape, computed):
    made, u = case(shape, (WALLS[0], PERIODIC, WALLS[2])[: len(shape)], halo=2)
    assert np.array_equal(computed(made, steps=3, workers=3)[0]["u"], u)
