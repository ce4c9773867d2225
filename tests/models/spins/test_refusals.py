"""A bad Hamiltonian is one line at its key."""

import numpy as np
import pytest

from simcore.errors import ExperimentError
from simcore.runs.experiment import resolve

GOOD = {
    "type": "spins",
    "lattice": {"type": "square", "shape": [4, 4]},
    "parameters": {"temperature": 1.0, "J": 1.0},
    "spin": {"states": [-1, 1]},
    "hamiltonian": {"bonds": "-J*a*b"},
}
VECTOR = {"spin": {"vector": 3}, "hamiltonian": {"bonds": "-J*dot(a, b)"}}
ANGLE = {"angle": True}
CUSTOM = {"type": "custom", "neighbours": {"near": [[1, 0]], "far": [[2, 0]]}, "shape": [4, 4]}

CASES = {
    "unknown name": ({"hamiltonian": {"bonds": "-K*a*b"}}, "hamiltonian.bonds", "unknown name 'K'"),
    "third spin": ({"hamiltonian": {"bonds": "a*b*c"}}, "hamiltonian.bonds", "unknown name 'c'"),
    "second spin of a site": ({"hamiltonian": {"sites": "a*b"}}, "hamiltonian.sites", "unknown name 'b'"),
    "place in a bond": ({"hamiltonian": {"bonds": "x*a*b"}}, "hamiltonian.bonds", "unknown name 'x'"),
    "third axis": ({"hamiltonian": {"sites": "z*a"}}, "hamiltonian.sites", "unknown name 'z'"),
    "no such kind": ({"hamiltonian": {"bonds": {"nnnn": "a*b"}}}, "hamiltonian.bonds.nnnn", "did you mean 'nnn'?"),
    "no such custom kind": (
        {"lattice": CUSTOM, "hamiltonian": {"bonds": {"nn": "a*b"}}},
        "hamiltonian.bonds.nn",
        "allowed: near, far",
    ),
    "no plaquettes": (
        {"lattice": {"type": "chain", "shape": [4]}, "hamiltonian": {"plaquettes": "a*b*c*d"}},
        "hamiltonian.plaquettes",
        "has no plaquettes",
    ),
    "kind of a coupling": (
        {"hamiltonian": {"bonds": "K*a*b", "couplings": {"K": {"nx": 1.0}}}},
        "hamiltonian.couplings.K.nx",
        "no bonds 'nx'",
    ),
    "coupling without a kind": (
        {"hamiltonian": {"bonds": {"nn": "K*a*b", "nnn": "K*a*b"}, "couplings": {"K": {"nn": 1.0}}}},
        "hamiltonian.couplings.K",
        "no number for the kind 'nnn'",
    ),
    "plain vector": ({**VECTOR, "hamiltonian": {"bonds": "a*b"}}, "hamiltonian.bonds", "is a vector; write dot(a"),
    "fourth component": ({**VECTOR, "hamiltonian": {"bonds": "a[3]"}}, "hamiltonian.bonds", "components 0 to 2"),
    "component of a state": ({"hamiltonian": {"bonds": "a[0]"}}, "hamiltonian.bonds", "the spin a is one number"),
    "product of states": ({"hamiltonian": {"bonds": "dot(a, b)"}}, "hamiltonian.bonds", "dot takes vectors"),
    "equal angles": ({"spin": ANGLE, "hamiltonian": {"bonds": "equal(a, b)"}}, "hamiltonian.bonds", "compares states"),
    "no period": ({"spin": ANGLE, "hamiltonian": {"bonds": "(a - b)**2"}}, "hamiltonian.bonds", "grows by 2*pi"),
    "not finite": ({"hamiltonian": {"bonds": "1/(a - b)"}}, "hamiltonian.bonds", "at a = -1, b = -1"),
    "no number": ({"spin": {"real": True}, "hamiltonian": {"sites": "log(a)"}}, "hamiltonian.sites", "for some spins"),
    "not finite at a place": ({"hamiltonian": {"sites": "a/x"}}, "hamiltonian.sites", "not finite at cell [0, 0]"),
    "states without a sign": (
        {"lattice": {**GOOD["lattice"], "boundary": "antiperiodic"}, "spin": {"states": [0, 1, 2]}},
        "lattice.boundary",
        "the states 0, 1, 2 are not symmetric",
    ),
    "formula without the symmetry": (
        {"lattice": {**GOOD["lattice"], "boundary": {"y": "antiperiodic"}}, "hamiltonian": {"bonds": "a*b**2"}},
        "hamiltonian.bonds",
        "when all its spins change sign",
    ),
    "taken name": ({"parameters": {"temperature": 1.0, "J": 1.0, "x": 2.0}}, "parameters.x", "is taken"),
    "name of the spins": ({"parameters": {"temperature": 1.0, "J": 1.0, "s": 2.0}}, "parameters.s", "is taken"),
    "one name twice": (
        {"hamiltonian": {"bonds": "-J*a*b", "fields": {"J": "x"}}},
        "hamiltonian.fields.J",
        "already stands for parameters.J",
    ),
    "no temperature": ({"parameters": {"J": 1.0}}, "parameters.temperature", "missing"),
    "one state": ({"spin": {"states": [1]}}, "spin", "from 2 to 127"),
    "kind of spin": ({"spin": {"stats": [1, 2]}}, "spin", "did you mean 'states'?"),
    "false": ({"spin": {"angle": False}}, "spin", "{angle: true}"),
    "distribution": (
        {"hamiltonian": {"bonds": "K*a*b", "couplings": {"K": {"random": {"normals": [0, 1]}}}}},
        "hamiltonian.couplings.K",
        "did you mean 'normal'?",
    ),
    "start": ({"initial": 3}, "initial", "nothing but the states -1, 1"),
    "start of a vector": ({**VECTOR, "initial": 1.0}, "initial", "a list of 3 numbers"),
    "syntax": ({"hamiltonian": {"bonds": "-J*a*"}}, "hamiltonian.bonds", "cannot be read"),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_in_one_line_at_its_key(case):
    changes, place, words = CASES[case]
    with pytest.raises(ExperimentError) as caught:
        resolve({"model": {**GOOD, **changes}, "run": {"seed": 1, "sweeps": 10}})
    (problem,) = caught.value.problems
    assert problem.path == f"model.{place}"
    assert words in problem.message
    assert "\n" not in str(problem)


def test_a_field_from_a_file_must_fit(tmp_path):
    np.save(tmp_path / "h.npy", np.ones((3, 4)))
    keys = {"bonds": "a*b", "sites": "-h*a", "fields": {"h": {"file": str(tmp_path / "h.npy")}}}
    with pytest.raises(ExperimentError, match=r"model.hamiltonian.fields.h: .* shape \[3, 4\]; \[4, 4\] is needed"):
        resolve({"model": {**GOOD, "hamiltonian": keys}, "run": {"seed": 1, "sweeps": 10}})
