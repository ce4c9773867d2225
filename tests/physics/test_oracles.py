"""The oracles themselves, against published values."""

import pytest

from tests.physics.oracles.ising import Enumeration
from tests.physics.oracles.references import kaufman, small_lattice

T_CRITICAL = 2.269185314213022


@pytest.mark.parametrize("temperature", sorted(kaufman(4)))
def test_enumeration_of_four_by_four_gives_kaufmans_energy_and_specific_heat(temperature):
    energy, specific_heat = kaufman(4)[temperature]
    averages = Enumeration((4, 4), temperature).averages()
    assert averages["energy"] == pytest.approx(energy, rel=1e-12)
    assert averages["specific_heat"] == pytest.approx(specific_heat, rel=1e-11)


def test_enumeration_of_four_by_four_gives_the_tabled_magnetisation():
    averages = Enumeration((4, 4), T_CRITICAL).averages()
    _, abs_m, m2 = small_lattice("ising4x4_absm")
    _, binder, _ = small_lattice("ising4x4_U4")
    assert averages["abs_magnetization"] == pytest.approx(abs_m, rel=1e-13)
    assert averages["binder"] == pytest.approx(binder, rel=1e-12)
    assert averages["susceptibility"] == pytest.approx(16 * (m2 - abs_m**2) / T_CRITICAL, rel=1e-12)
