"""What no formula may say: one line, with the place in the formula, what is allowed and the nearest name."""

import re

import pytest

from simcore.errors import ExperimentError, InvalidValueError
from simcore.runs.experiment import resolve
from tests.models.spins.measuring import model_of

ISING = ("square", [4, 3], {"states": [-1, 1]}, {"bonds": "-J*a*b", "sites": "h*a", "fields": {"h": "x"}})
VECTOR = ("honeycomb", [4, 4], {"vector": 3}, {"bonds": "-J*dot(a, b)"})
CHAIN = ("chain", [5], {"real": True}, {"bonds": "J*(a - b)**2"}, "antiperiodic")
OPEN = ("square", [4, 3], {"states": [-1, 1]}, {"bonds": "-J*a*b"}, {"x": "open"})

WRONG = [
    (ISING, "mean(a) + energi", 11, "unknown name 'energi'; did you mean 'energy'?"),
    (ISING, "mean(a*K)", 8, "unknown name 'K'"),
    (ISING, "meen(a)", 1, "unknown function 'meen'; did you mean 'mean'?"),
    (ISING, "a**2", 1, "'a' varies from site to site; take mean, sum, min or max of it"),
    (ISING, "mean(a)*x", 9, "'x' varies from site to site; take mean"),
    (ISING, "mean(a) + h", 11, "'h' varies from site to site; take mean"),
    (ISING, "mean(a) + equal(a, 1)", 11, "equal varies from site to site; take mean"),
    (ISING, "1 + J", 1, "measures nothing; take mean, sum, min or max of the spins"),
    (ISING, "7", 1, "measures nothing"),
    (ISING, "mean(a - mean(a))", 10, "mean stands inside of mean"),
    (ISING, "max(correlation(1, 0))", 5, "correlation stands inside of max"),
    (ISING, "mean(b)", 6, "unknown name 'b'"),
    (ISING, "mean(a[0])", 6, "the spin a is one number"),
    (ISING, "mean(a, 1)", 1, "mean takes 1 argument, not 2"),
    (ISING, "mean(z)", 6, "unknown name 'z'"),
    (ISING, "mean_on(1, a)", 9, "mean_on finds no sublattice 1; this lattice has one sublattice, 0"),
    (ISING, "correlation(1)", 1, "correlation takes 2 numbers on this lattice, one for each axis (x, y), not 1"),
    (
        ISING,
        "correlation([1], 0, 0)",
        1,
        "correlation takes 2 numbers on this lattice, one for each axis (x, y), not 1",
    ),
    (ISING, "correlation([1, 0], 0)", 1, "takes a distance and two basis sites, correlation([1, 0], 0, 1)"),
    (ISING, "correlation([1, 0], 0, 1)", 24, "correlation finds no sublattice 1; this lattice has one sublattice, 0"),
    (ISING, "correlation([1, 0.5], 0, 0)", 17, "correlation takes a whole number here, not 0.5"),
    (
        ISING,
        "correlation(1, [0])",
        16,
        "a list is the distance of a correlation, correlation([1, 0], 0, 1), and nothing",
    ),
    (ISING, "mean([a, a])", 6, "a list is the distance of a correlation"),
    (ISING, "structure_factor([1, 0])", 18, "a list is the distance of a correlation"),
    (ISING, "correlation(1, 0.5)", 16, "correlation takes a whole number here, not 0.5"),
    (ISING, "correlation(1, x)", 16, "correlation takes numbers and parameters here, not 'x'"),
    (ISING, "structure_factor(1, 0.5)", 21, "structure_factor takes a whole number along y, not 0.5"),
    (ISING, "correlation_length(z)", 20, "correlation_length finds no axis 'z'"),
    (ISING, "correlation_length(0)", 20, "correlation_length takes the name of an axis; allowed: x, y"),
    (ISING, "correlation_length(x)*mean(a)", 23, "correlation_length is a function of means; give mean(...) a name"),
    (ISING, "staggered_magnetization()", 1, "staggered_magnetization needs a bipartite lattice"),
    (ISING, "staggered_magnetization(x)", 1, "staggered_magnetization takes no arguments, not 1"),
    (ISING, "energy_of(nnn)", 11, "energy_of finds no energy of the kind 'nnn'"),
    (ISING, "mean(a))", 8, "cannot be read"),
    (VECTOR, "mean(a)", 6, "'a' is a vector; write dot(a, ...), or a[0] for a component"),
    (VECTOR, "mean(a[3])", 6, "the spin a has the components 0 to 2"),
    (VECTOR, "a[0]", 1, "'a[0]' varies from site to site"),
    (VECTOR, "sublattice_magnetization(2)", 26, "finds no sublattice 2; this lattice has the sublattices 0 to 1"),
    (VECTOR, "mean(equal(a, a))", 6, "equal compares states"),
    (CHAIN, "correlation(1, 1)", 1, "correlation takes 1 number on this lattice, not 2"),
    (
        CHAIN,
        "structure_factor(1)",
        18,
        "takes a whole number and a half, such as 0.5, since it is antiperiodic along x",
    ),
    (CHAIN, "correlation_length(x)", 20, "correlation_length needs a periodic axis, and no antiperiodic one beside it"),
    (OPEN, "correlation_length(x)", 20, "correlation_length needs a periodic axis"),
    (OPEN, "correlation(-4, 0)", 13, "finds no pair: x has open ends and 4 cells, so at most 3 between two"),
]


@pytest.mark.parametrize(("model", "text", "column", "message"), WRONG)
def test_a_wrong_formula_is_refused_in_one_line_with_its_place(model, text, column, message):
    with pytest.raises(InvalidValueError) as caught:
        model_of(*model).expressed("q", text)
    line = str(caught.value)
    assert line.startswith(f"output.observables.q: expression {text!r}, column {column}: ")
    assert message in line
    assert "\n" not in line


def test_a_name_that_is_measured_already_is_refused():
    with pytest.raises(InvalidValueError, match=r"output\.observables\.energy: 'energy' is measured already"):
        model_of(*ISING).expressed("energy", "mean(a)")


@pytest.mark.parametrize("name", ["", "a b", "x/y", "m.2", "2m"])
def test_a_name_that_is_no_word_is_refused(name):
    section = {
        "model": {"type": "ising", "lattice": {"size": 4}, "parameters": {"temperature": 2.0}},
        "run": {"seed": 1, "sweeps": 10},
        "output": {"observables": {name: "mean(a)"}},
    }
    with pytest.raises(ExperimentError, match="must have a name of one word: letters, digits and _") as caught:
        resolve(section)
    assert len(caught.value.problems) == 1


def test_the_line_of_an_experiment_names_the_file(tmp_path):
    text = """
model:
  type: ising
  lattice: {size: 8}
  parameters: {temperature: 2.0}
run: {seed: 1, sweeps: 10}
output:
  observables:
    good: "mean(a)**2"
    bad: "correlation(1, 2, 3)"
    worse: "correlation_length(w) + 1"
"""
    (tmp_path / "one.yaml").write_text(text)
    with pytest.raises(ExperimentError) as caught:
        resolve(tmp_path / "one.yaml")
    first, second = str(caught.value).splitlines()
    assert re.match(r".*one\.yaml:10:5: output\.observables\.bad: .*takes 2 numbers on this lattice", first)
    assert re.match(r".*one\.yaml:11:5: output\.observables\.worse: .*finds no axis 'w'", second)
