"""Names and notations of other packages and of textbooks: each is one line that names what to write here."""

from __future__ import annotations

import pytest

from simcore.errors import ExperimentError
from simcore.runs.experiment import resolve
from simcore.sweeps.expansion import expand

EQUATIONS = """\
model:
  type: pde
  grid: {shape: [8, 6], spacing: 1.0, boundary: periodic}
  parameters: {D: 1.0, k: 0.1}
  fields: {u: {initial: "x"}}
  equations:
    u: D*laplace(u)
  scheme: euler
run: {seed: 1, dt: 0.1, steps: 2}
checkpoint: {every: 60 s}
"""
ISING = """\
model:
  type: ising
  lattice: {type: square, size: 8}
  parameters: {temperature: 2.0, J: 1.0, h: 0.0}
  algorithm: metropolis
run: {seed: 1, thermalization: 10, sweeps: 10, measure_every: 1}
checkpoint: {every: 60 s}
"""
SWEEP = ISING + "sweep: {grid: {model.parameters.temperature: [1.8, 2.2]}}\n"

FORMULAS = {
    "u^2": "a power is written **",
    "u²": "as in u**2",
    "sin²(u)": "sin(x)**2",
    "∇²u": "write laplace(u)",
    "∇^2 u": "write laplace(u)",
    "Δu": "write laplace(u)",
    "D·Δu": "write laplace(u)",
    "D*∇u": "write gradient(u) inside divergence",
    "∇·(D∇u)": "write divergence(D*gradient(u))",
    "'|∇u|²'": "write gradient_squared(u)",
    "'|u|'": "write abs(u)",
    "D·laplace(u)": "a product is written *",
    "D × u": "a product is written *",
    "u – 1": "a minus is written -",
    "u ÷ 2": "write /",
    "√u": "write sqrt(u)",
    "∫u": "write integral(u)",
    "u ≥ 1": "write >=",
    "½*u": "write 0.5",
    "π*u": "write pi",
    "2u": "as in 2*u",
    "1e-3u": "as in 1e-3*u",
    "2(u + 1)": "as in 2*(...)",
    "(u + 1)(u - 1)": "a product is written *",
    "Du*laplace(u)": "as in D*u",
    "D laplace(u)": "as in D*laplace(u)",
    "sin u": "as in sin(u)",
    "sinu": "write sin(u)",
    "D*laplace u": "as in laplace(u)",
    "u_t = D*laplace(u)": "the right side alone, here 'D*laplace(u)'",
    "du/dt = D*laplace(u)": "the right side alone, here 'D*laplace(u)'",
    "∂u/∂t = D*laplace(u)": "the right side alone, here 'D*laplace(u)'",
    "D*laplace(u) = u_t": "the right side alone, here 'D*laplace(u)'",
    "D*laplace(u) == 0": "write the right side of du/dt = ... alone",
    "u > 0.5": "where(comparison, 1, 0)",
    "∂u/∂x": "write dx(u)",
    "∂²u/∂x²": "write d2x(u)",
    "d2u/dx2": "dx(u), d2x(u)",
    "∂x(u)": "write dx(u)",
    "u_xx": "write d2x(u)",
    "u_x": "write dx(u)",
    "dudx": "write dx(u)",
    "d_dx(u)": "write dx(u)",
    "diff(u, x)": "write dx(u)",
    "laplacian(u)": "write laplace(u)",
    "lap(u)": "write laplace(u)",
    "del2(u)": "write laplace(u)",
    "Laplace(u)": "did you mean 'laplace'?",
    "gradient(u)": "divergence(D*gradient(u)) or dx(u)",
    "grad(u)": "write gradient(u) inside divergence",
    "div(D*grad(u))": "write divergence(D*gradient(u))",
    "curl(u)": "write dx(v) - dy(u)",
    "np.exp(u)": "write exp(...) without 'np.'",
    "math.pi*u": "write pi without 'math.'",
    "u.laplace()": "write laplace(u)",
    "ln(u)": "write log(x)",
    "arctan(u)": "write atan(x)",
    "Heaviside(u)": "did you mean 'heaviside'?",
    "H(u)": "write heaviside(x)",
    "pow(u, 2)": "write a**b",
    "sum(u)": "write integral(u)",
    "rand()": "model.noise",
    "noise()": "model.noise",
    "u[0]": "laplace(u) take its neighbours",
    "u[i+1, j]": "laplace(u) take its neighbours",
    "1 if u > 0 else 0": "where(condition, a, b)",
    "ifelse(u > 0, 1, 0)": "write where(condition, a, b)",
    "u > 0 and u < 1": "(x > 1) & (y < 2)",
    "0,5*u": "write 0.5",
    "u**2,5": "write 2.5",
    "lambda*u": "choose another name such as lam or λ",
    "T*u": "unknown name 'T'; allowed: u, D, k, x, y, t",
    "u(x)": "a product is written u*(...)",
}

BOUNDARIES = {
    "dirichlet": "write {value: v}",
    "Neumann": "write {derivative: g}",
    "no-flux": "write {derivative: 0}",
    "zero_flux": "write {derivative: 0}",
    "noflux": "write {derivative: 0}",
    "reflecting": "write {derivative: 0}",
    "robin": "write {mixed: [a, b]}",
    "absorbing": "write {value: v}",
    "{type: dirichlet, value: 0}": "write {value: v}",
    "{dirichlet: 0}": "write {value: v}",
    "{neumann: 0}": "write {derivative: g}",
    "{x: no-flux, y: periodic}": "write {derivative: 0}",
    "{left: {value: 0}, right: {value: 0}}": "no side 'left'; did you mean 'x-'?",
    "{xmax: {value: 0}}": "no side 'xmax'; did you mean 'x+'?",
    "{top: {value: 0}}": "no side 'top'; did you mean 'y+'?",
    "{value: zero}": "unknown name 'zero'; write 0",
    "{periodic: true}": "periodic stands alone",
    "true": "write periodic",
    "{value: 0, derivative: 1}": "periodic, {value: v}, {derivative: g}",
}

IN_EQUATIONS = [
    ("boundary: periodic", "periodic: true", "model.grid.periodic: unknown key; did you mean 'boundary'"),
    ("shape: [8, 6]", "shape: 32", "such as [32] or [32, 32]"),
    ("shape: [8, 6]", "size: [8, 6]", "did you mean 'shape'?"),
    ("spacing: 1.0", "dx: 1.0", "did you mean 'spacing'?"),
    ("scheme: euler", "scheme: implicit", "did you mean 'imex'"),
    ("scheme: euler", "scheme: crank_nicolson", "did you mean 'imex2'"),
    ("scheme: euler", "scheme: forward_euler", "did you mean 'euler'?"),
    ("scheme: euler", "method: euler", "did you mean 'scheme'?"),
    ("scheme: euler", "boundary: periodic", "it belongs to model.grid.boundary"),
    ("steps: 2", "T: 2", "run.T: unknown key; did you mean 't_end'?"),
    ("steps: 2", "t_max: 2", "did you mean 't_end'?"),
    ("steps: 2", "n_steps: 2", "did you mean 'steps'?"),
    ("dt: 0.1", "Δt: 0.1", "did you mean 'dt'?"),
    ("dt: 0.1", "dt: .inf", "must be a finite number, not .inf"),
    ("D: 1.0", "D: 0,16", "write 0.16"),
    ("D: 1.0", "D: .nan", "must be a finite number, not .nan"),
    ("k: 0.1", "lambda: 1.0", "it is a word of Python; lambda_ would do"),
]

OF_SPINS = [
    (
        "temperature: 2.0",
        "temperature: 2,27",
        "a decimal point is a point; write 2.27",
    ),
    ("temperature: 2.0", "temperature: '2,27'", "write 2.27"),
    ("temperature: 2.0", "temperature: .inf", "must be a finite number, not .inf"),
    ("temperature: 2.0", "temperature: max(2, 3)", "write the formula in quotes"),
    ("temperature: 2.0", "temperature: [2.0, 2.2]", "sweep: {grid: {model.parameters.temperature: [...]}}"),
    ("temperature: 2.0", "temperature: {linspace: [1, 2, 3]}", "temperature: {linspace: [...]}}}"),
    ("temperature: 2.0", "T: 2.0", "did you mean 'temperature'?"),
    ("temperature: 2.0", "kT: 2.0", "did you mean 'temperature'"),
    ("temperature: 2.0", "beta: 2.0", "did you mean 'temperature' (1/beta"),
    ("J: 1.0", "J1: 1.0", "did you mean 'J'?"),
    ("size: 8", "L: 8", "did you mean 'size'"),
    ("size: 8", "size: [16, 16]", "one number for each axis is shape: [...]"),
    (
        "type: square",
        "type: hexagonal",
        "'triangular' (six neighbours) or 'honeycomb' (three neighbours)",
    ),
    ("type: square", "type: simple_cubic", "did you mean 'cubic'?"),
    ("type: square", "type: sc", "did you mean 'cubic'?"),
    ("algorithm: metropolis", "algorithm: glauber", "did you mean 'heat_bath'"),
    ("algorithm: metropolis", "algorithm: cluster", "did you mean 'wolff' or 'swendsen_wang'?"),
    ("algorithm: metropolis", "boundary: open", "it belongs to model.lattice.boundary"),
    ("type: square", "type: square, boundary: free", "did you mean 'open'?"),
    ("checkpoint:", "observables: {a: energy}\ncheckpoint:", "did you mean 'output.observables'?"),
    ("checkpoint:", "seed: 3\ncheckpoint:", "did you mean 'run.seed'?"),
    ("sweeps: 10,", "sweeps: 1,000,", "write 1.000, or 1000 without the comma"),
    ("sweeps: 10,", "sweeps: 10k,", "write 10000"),
    ("sweeps: 10,", "sweeps: 10^3,", "a power is written **"),
    ("sweeps: 10,", "mcs: 10,", "did you mean 'sweeps'?"),
    ("thermalization:", "burn_in:", "did you mean 'thermalization'?"),
    ("seed: 1,", "seed: random,", "leave the key out"),
    ("every: 60 s", "every: never", "leave the key out, or write a long time"),
    ("every: 60 s", "every: 10k steps", "write '10000 steps'"),
    ("every: 60 s", "every: 10^3 steps", "write '1e3 steps'"),
    ("every: 60 s", "every: 5 m", "write '5 min'"),
    ("every: 60 s", "every: 100 sweeps", "write '100 steps'"),
]

OF_SWEEPS = [
    ("[1.8, 2.2]", "linspace(1.8, 2.8, 3)", "{linspace: [1.8, 2.8, 3]}"),
    ("[1.8, 2.2]", "np.linspace(1.8, 2.8, 3)", "{linspace: [1.8, 2.8, 3]}"),
    ("[1.8, 2.2]", "logspace(0, 1, 3)", "{geomspace: [first, last, how many]}"),
    ("[1.8, 2.2]", "{logspace: [0, 1, 3]}", "did you mean 'geomspace'"),
    ("model.parameters.temperature", "temperature", "did you mean 'model.parameters.temperature'?"),
    ("model.parameters.temperature", "T", "did you mean 'model.parameters.temperature'?"),
    ("sweep:", "sweeps:", "did you mean 'sweep'?"),
]

ACCEPTED = ["1 minutes", "2 hours", "10 sec", "1 day", "1h30m", "1:30:00", "2-00:00:00", "1e4 steps"]


def line_of(tmp_path, text, load=resolve):
    """The one line with which an experiment is refused."""
    file = tmp_path / "e.yaml"
    file.write_text(text)
    with pytest.raises(ExperimentError) as caught:
        load(file)
    lines = str(caught.value).splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def changed(text, old, new):
    assert text.count(old) == 1
    return text.replace(old, new)


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_in_another_notation(formula, tmp_path):
    line = line_of(tmp_path, changed(EQUATIONS, "u: D*laplace(u)", f"u: {formula}"))
    assert FORMULAS[formula] in line
    assert len(line) < 450 + len(str(tmp_path))


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_boundary_in_the_words_of_textbooks(boundary, tmp_path):
    line = line_of(tmp_path, changed(EQUATIONS, "boundary: periodic", f"boundary: {boundary}"))
    assert BOUNDARIES[boundary] in line


@pytest.mark.parametrize(("old", "new", "words"), IN_EQUATIONS, ids=[new for _, new, _ in IN_EQUATIONS])
def test_a_key_of_equations(old, new, words, tmp_path):
    assert words in line_of(tmp_path, changed(EQUATIONS, old, new))


@pytest.mark.parametrize(("old", "new", "words"), OF_SPINS, ids=[new for _, new, _ in OF_SPINS])
def test_a_key_of_spins(old, new, words, tmp_path):
    assert words in line_of(tmp_path, changed(ISING, old, new))


@pytest.mark.parametrize(("old", "new", "words"), OF_SWEEPS, ids=[new for _, new, _ in OF_SWEEPS])
def test_a_key_of_sweeps(old, new, words, tmp_path):
    assert words in line_of(tmp_path, changed(SWEEP, old, new), expand)


@pytest.mark.parametrize("interval", ACCEPTED)
def test_times_are_accepted_in_full(interval, tmp_path):
    file = tmp_path / "e.yaml"
    file.write_text(changed(ISING, "every: 60 s", f"every: {interval}"))
    assert resolve(file).checkpoint.every is not None


def test_a_number_may_be_a_formula(tmp_path):
    file = tmp_path / "e.yaml"
    file.write_text(changed(ISING, "temperature: 2.0", "temperature: 2/log(1 + sqrt(2))"))
    assert resolve(file).model.parameters.temperature == pytest.approx(2.269185314213022, rel=1e-15)


def test_a_leaf_name_on_the_command_line_is_completed(tmp_path):
    file = tmp_path / "e.yaml"
    file.write_text(ISING)
    with pytest.raises(ExperimentError, match=r"did you mean 'model\.parameters\.temperature'\?"):
        resolve(file, ["temperature=3"])
    with pytest.raises(ExperimentError, match=r"did you mean 'run\.seed'\?"):
        resolve(file, ["seed=3"])
