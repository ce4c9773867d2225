"""Spins on graphs: exact enumeration of small ones, and a graph that is a square lattice."""

from itertools import combinations

import numpy as np
import pytest

from tests.physics.oracles.scores import assert_normal, z_scores

TEMPERATURE = 1.7


def experiment(edges, hamiltonian, spin, algorithm="metropolis", sites=None, sweeps=20_000, seed=1):
    lattice = {"type": "graph", "edges": edges} | ({} if sites is None else {"sites": sites})
    return {
        "name": "graph",
        "model": {
            "type": "spins",
            "lattice": lattice,
            "parameters": {"temperature": TEMPERATURE, "h": 0.2},
            "spin": spin,
            "hamiltonian": hamiltonian,
            "algorithm": algorithm,
        },
        "run": {"seed": seed, "thermalization": 200, "sweeps": sweeps, "measure_every": 2},
    }


def exact(states, sites, energy):
    """<e> and <|m|> per site, by a sum over all states. energy: of an array of shape (states, sites)."""
    every = np.array(np.meshgrid(*[states] * sites, indexing="ij")).reshape(sites, -1).T.astype(float)
    energies = energy(every)
    weights = np.exp(-(energies - energies.min()) / TEMPERATURE)
    weights /= weights.sum()
    magnetization = np.abs(every.mean(axis=1))
    return {"energy": weights @ energies / sites, "abs_magnetization": weights @ magnetization}


def small_graphs():
    """(sites, edges) of 3 to 8 sites, sparse ones and full ones; some sites have no edge."""
    generator = np.random.default_rng(2026)
    found = []
    for sites in (3, 4, 5, 6, 7, 8, 6, 8):
        every = list(combinations(range(sites), 2))
        count = int(generator.integers(1, len(every) + 1))
        chosen = generator.choice(len(every), count, replace=False)
        turned = generator.random(count) < 0.5
        found.append((sites, [list(every[n][::-1] if t else every[n]) for n, t in zip(chosen, turned, strict=True)]))
    return found


@pytest.mark.parametrize("algorithm", ["metropolis", "heat_bath"])
def test_small_random_graphs_against_the_sum_over_all_states(run_here, algorithm, tmp_path):
    scores = []
    for number, (sites, edges) in enumerate(small_graphs()):
        couplings = np.random.default_rng(number).normal(size=len(edges))
        np.save(tmp_path / f"{number}.npy", couplings)
        hamiltonian = {
            "bonds": "-J*a*b + 0.1*a",
            "sites": "-h*a*i",
            "couplings": {"J": {"file": str(tmp_path / f"{number}.npy")}},
        }
        run = run_here(experiment(edges, hamiltonian, {"states": [-1, 1]}, algorithm, sites, seed=number))
        one, other = np.array(edges).T

        def energy(s, one=one, other=other, couplings=couplings):
            return (-couplings * s[:, one] * s[:, other] + 0.1 * s[:, one]).sum(1) - 0.2 * s @ np.arange(s.shape[1])

        estimates = {name: float(v.data) for name, v in run.estimates.variables.items() if not v.dims}
        scores.append(z_scores(estimates, exact([-1, 1], sites, energy)))
    assert_normal(scores)


@pytest.mark.parametrize("algorithm", ["metropolis", "heat_bath"])
def test_equal_couplings_on_small_graphs_against_the_sum_over_all_states(run_here, algorithm):
    scores = []
    for number, (sites, edges) in enumerate(small_graphs()[::2]):
        hamiltonian = {"bonds": "-0.7*a*b", "sites": "-h*a"}
        run = run_here(experiment(edges, hamiltonian, {"states": [-1, 1]}, algorithm, sites, seed=number))
        one, other = np.array(edges).T

        def energy(s, one=one, other=other):
            return -0.7 * (s[:, one] * s[:, other]).sum(1) - 0.2 * s.sum(1)

        estimates = {name: float(v.data) for name, v in run.estimates.variables.items() if not v.dims}
        scores.append(z_scores(estimates, exact([-1, 1], sites, energy)))
    assert_normal(scores)


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", ["metropolis", "heat_bath"])
def test_potts_spins_on_small_graphs_against_the_sum_over_all_states(run_here, algorithm):
    scores = []
    for number, (sites, edges) in enumerate(small_graphs()[:4]):
        hamiltonian = {"bonds": "-equal(a, b) + 0.2*(a > b)", "sites": "h*a"}
        run = run_here(experiment(edges, hamiltonian, {"states": [0, 1, 2]}, algorithm, sites, seed=number))
        one, other = np.array(edges).T

        def energy(s, one=one, other=other):
            a, b = s[:, one], s[:, other]
            return (0.2 * (a > b) - 1.0 * (a == b)).sum(1) + 0.2 * s.sum(1)

        estimates = {name: float(v.data) for name, v in run.estimates.variables.items() if not v.dims}
        scores.append(z_scores(estimates, exact([0, 1, 2], sites, energy)))
    assert_normal(scores)


def test_a_glass_of_twelve_spins_that_all_meet(run_here):
    """D. Sherrington, S. Kirkpatrick, Phys. Rev. Lett. 35, 1792 (1975)."""
    edges = [list(pair) for pair in combinations(range(12), 2)]
    one, other = np.array(edges).T
    scores = []
    for seed in range(4):
        keys = experiment(edges, {"bonds": "-J*a*b/sqrt(12)"}, {"states": [-1, 1]}, seed=seed)
        keys["model"]["hamiltonian"]["couplings"] = {"J": {"random": {"normal": [0, 1]}, "seed": seed}}
        run = run_here(keys)
        couplings = run_couplings(keys)

        def energy(s, couplings=couplings):
            return -(couplings / np.sqrt(12) * s[:, one] * s[:, other]).sum(1)

        estimates = {name: float(v.data) for name, v in run.estimates.variables.items() if not v.dims}
        scores.append(z_scores(estimates, exact([-1, 1], 12, energy)))
    assert_normal(scores)


def run_couplings(keys):
    from simcore.runs.experiment import resolve

    return resolve(keys).model.quenched()["J"][0]


def test_gaussian_spins_have_the_inverse_of_the_matrix_of_the_graph(run_here):
    """E = a K a/2, so that <a^2> = T tr(K^-1)/N and <a b> over an edge is T K^-1 there."""
    scores = []
    for number, (sites, edges) in enumerate(small_graphs()[2:5]):
        keys = experiment(edges, {"bonds": "(a - b)**2/2", "sites": "a**2/2"}, {"real": True}, "heat_bath", sites)
        keys["run"]["seed"] = number
        keys["output"] = {"observables": {"square": "mean(a**2)", "product": "mean_over(nn, a*b)"}}
        run = run_here(keys)
        matrix = np.eye(sites)
        for a, b in edges:
            matrix += np.outer(np.eye(sites)[a] - np.eye(sites)[b], np.eye(sites)[a] - np.eye(sites)[b])
        inverse = TEMPERATURE * np.linalg.inv(matrix)
        wanted = {"square": np.trace(inverse) / sites, "product": np.mean([inverse[a, b] for a, b in edges])}
        estimates = {name: float(v.data) for name, v in run.estimates.variables.items() if not v.dims}
        scores.append(z_scores(estimates, {**wanted, "energy": TEMPERATURE / 2}))
    assert_normal(scores)


@pytest.mark.slow
def test_two_angles_and_two_vectors_on_an_edge(run_here):
    """<cos> is I1/I0 for angles; <a.b> is coth K - 1/K for unit vectors: Langevin's function of K = J/T."""
    from scipy.special import iv

    K = 1.0 / TEMPERATURE
    wanted = {"angle": iv(1, K) / iv(0, K), "vector": 1 / np.tanh(K) - 1 / K}
    scores = []
    for spin, bonds, name in (({"angle": True}, "-cos(a - b)", "angle"), ({"vector": 3}, "-dot(a, b)", "vector")):
        for algorithm in ("metropolis", {"type": "heat_bath", "over_relaxation": 1}):
            run = run_here(experiment([[1, 0]], {"bonds": bonds}, spin, algorithm))
            estimates = {name: float(v.data) for name, v in run.estimates.variables.items() if not v.dims}
            scores.append(z_scores(estimates, {"energy": -wanted[name] / 2}))
    assert_normal(scores)


def test_a_graph_that_is_a_square_lattice_agrees_with_the_square_lattice(run_here):
    cells = np.arange(256).reshape(16, 16)
    pairs = np.concatenate([np.stack([cells, np.roll(cells, -1, axis)], -1).reshape(-1, 2) for axis in (0, 1)])
    found = []
    for lattice in ({"type": "graph", "edges": pairs.tolist()}, {"type": "square", "size": 16}):
        model = {"type": "ising", "lattice": lattice, "parameters": {"temperature": 2.6, "h": 0.05}}
        run = run_here({"model": model, "run": {"seed": 5, "thermalization": 500, "sweeps": 10_000}})
        found.append({name: float(v.data) for name, v in run.estimates.variables.items() if not v.dims})
    graph, square = found
    names = ("energy", "magnetization", "acceptance", "specific_heat", "susceptibility")
    z = {n: (graph[n] - square[n]) / np.hypot(graph[f"{n}_error"], square[f"{n}_error"]) for n in names}
    assert max(map(abs, z.values())) < 4.0, z
