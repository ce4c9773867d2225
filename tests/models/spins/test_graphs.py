"""Graphs: colours, tables, energies edge by edge, and one clear line for every bad list of edges."""

import re
import time
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.compiler.build import build
from simcore.compiler.layout import ROW_SITES
from simcore.config.syntax import parse
from simcore.errors import SimcoreError
from simcore.models.spins import shared_structure
from simcore.models.spins.checking.energies import DirectEnergy
from simcore.models.spins.checking.spins import spin_checks
from simcore.models.spins.graphs.colouring import arranged_sites, greedy_colours
from simcore.models.spins.graphs.graph import Graph, GraphGeometry
from simcore.models.spins.graphs.section import GraphLattice
from simcore.models.spins.graphs.system import FEW
from simcore.models.spins.spins import Spins
from simcore.random import Stream
from simcore.runs.experiment import resolve
from simcore.spec.description import Description

ISING = {"states": [-1, 1]}


@st.composite
def graphs(draw, least=3, most=8):
    """(sites, edges) with at least one edge, the ends of each in any order."""
    sites = draw(st.integers(least, most))
    every = list(combinations(range(sites), 2))
    edges = draw(st.lists(st.sampled_from(every), min_size=1, max_size=len(every), unique=True))
    turned = draw(st.lists(st.booleans(), min_size=len(edges), max_size=len(edges)))
    return sites, [list(edge[::-1] if back else edge) for edge, back in zip(edges, turned, strict=True)]


def model_of(sites, edges, hamiltonian, spin=ISING, algorithm="metropolis", temperature=1.5, **parameters):
    return Spins.model_validate(
        {
            "lattice": {"type": "graph", "sites": sites, "edges": edges},
            "parameters": {"temperature": temperature, **parameters},
            "spin": spin,
            "hamiltonian": hamiltonian,
            "algorithm": algorithm,
        }
    )


def random_edges(sites, count, seed=1):
    pairs = np.random.default_rng(seed).integers(0, sites, (count, 2))
    pairs = np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1)
    return np.unique(pairs, axis=0)


# -- colours and tables ------------------------------------------------------------------------------------------------


@settings(deadline=None, derandomize=True)
@given(graphs(3, 12))
def test_no_edge_joins_two_sites_of_one_colour(graph):
    sites, edges = graph
    pairs = np.array(edges)
    colours = greedy_colours(sites, pairs)
    assert (colours[pairs[:, 0]] != colours[pairs[:, 1]]).all()
    assert colours.max() <= np.bincount(pairs.ravel(), minlength=sites).max()
    assert set(colours) == set(range(colours.max() + 1))


def test_a_full_graph_has_a_colour_for_every_site():
    pairs = np.array(list(combinations(range(40), 2)))
    assert sorted(greedy_colours(40, pairs)) == list(range(40))


def test_an_even_square_lattice_has_two_colours():
    cells = np.arange(64).reshape(8, 8)
    pairs = np.concatenate([np.stack([cells, np.roll(cells, -1, axis)], -1).reshape(-1, 2) for axis in (0, 1)])
    assert greedy_colours(64, pairs).max() == 1


def test_every_row_has_its_share_of_every_colour_and_classes_cover_all_places_once():
    sites = 5 * ROW_SITES + 77
    geometry = GraphGeometry.of(Graph(sites, {"nn": random_edges(sites, 2 * sites)}), ["nn"])
    counts = np.bincount(geometry.colours)
    assert sorted(geometry.order) == list(range(sites))
    covered = np.zeros(sites, int)
    for colour, places in enumerate(geometry.classes):
        for row, (first, stop, stride) in enumerate(zip(places.first, places.stop, places.stride, strict=True)):
            here = np.arange(first, stop, stride)
            assert (geometry.colours[geometry.order[here]] == colour).all()
            assert (here // ROW_SITES == row).all()
            size = min(ROW_SITES, sites - row * ROW_SITES)
            assert abs(len(here) - counts[colour] * size / sites) < 2
            covered[here] += 1
    assert (covered == 1).all()


@settings(deadline=None, derandomize=True)
@given(graphs(3, 12))
def test_tables_list_every_edge_at_both_ends(graph):
    sites, edges = graph
    geometry = GraphGeometry.of(Graph(sites, {"nn": np.array(edges)}), ["nn"])
    tables = geometry.neighbours["nn"]
    seen = []
    for place in range(sites):
        site = int(geometry.order[place])
        for entry in range(tables.start[place], tables.stop[place]):
            other = int(geometry.order[tables.near[entry]])
            out = entry < tables.middle[place]
            assert edges[tables.edge[entry]] == ([site, other] if out else [other, site])
            seen.append((int(tables.edge[entry]), bool(out)))
    assert sorted(seen) == [(n, out) for n in range(len(edges)) for out in (False, True)]


def test_an_order_for_a_single_site_of_each_colour():
    assert arranged_sites(np.array([2, 0, 1])).tolist() == [1, 2, 0]


# -- energies ----------------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None, derandomize=True)
@given(graphs(), st.integers(0, 2**32))
def test_the_energy_of_a_state_is_the_sum_over_the_listed_edges(graph, seed):
    sites, edges = graph
    hamiltonian = {
        "bonds": "-J*a*b + 0.25*a*h_b",
        "sites": "-h*a*i",
        "couplings": {"J": {"random": {"normal": [0, 1]}, "seed": seed % 97}},
        "fields": {"h": {"random": {"uniform": [-1, 1]}, "seed": seed % 89}},
    }
    model = model_of(sites, edges, hamiltonian)
    J, h = (model.quenched()[name][0] for name in ("J", "h"))
    spins = np.random.default_rng(seed).choice([-1, 1], sites)
    expected = sum(-J[n] * spins[a] * spins[b] + 0.25 * spins[a] * h[b] for n, (a, b) in enumerate(edges))
    expected -= sum(h[i] * spins[i] * i for i in range(sites))
    held = spins[model.geometry.order].reshape(1, sites, 1, 1)
    assert DirectEnergy(model.system)(held)[0] == pytest.approx(expected, rel=1e-12, abs=1e-12)


def checked(model):
    found = list(spin_checks(model))
    assert found
    return [check for check in found if check.ok is False]


PETERSEN = (
    [[i, (i + 1) % 5] for i in range(5)] + [[5 + i, 5 + (i + 2) % 5] for i in range(5)] + [[i + 5, i] for i in range(5)]
)
COUPLED = {"J": {"random": {"normal": [0, 1]}, "seed": 3}}


@pytest.mark.parametrize(
    ("spin", "hamiltonian", "algorithm"),
    [
        (ISING, {"bonds": "-J*a*b", "couplings": COUPLED}, "metropolis"),
        (ISING, {"bonds": "-J*a*b - 0.2*a", "couplings": {"J": "1 + i/10"}}, "heat_bath"),
        ({"states": [0, 1, 2]}, {"bonds": "-J*equal(a, b) + 0.1*(a > b)", "couplings": COUPLED}, "heat_bath"),
        ({"states": [0, 1, 3]}, {"bonds": "-J*equal(a, b)", "sites": "0.1*a*i", "couplings": COUPLED}, "metropolis"),
        ({"angle": True}, {"bonds": "-J*cos(a - b) + 0.3*sin(a - b)", "couplings": COUPLED}, "metropolis"),
        (
            {"angle": True},
            {"bonds": "-J*cos(a - b)", "couplings": COUPLED},
            {"type": "heat_bath", "over_relaxation": 1},
        ),
        ({"vector": 3}, {"bonds": "-J*dot(a, b) + a[0]*b[1]", "couplings": COUPLED}, "heat_bath"),
        ({"real": True}, {"bonds": "(a - b)**2/2", "sites": "a**2/2"}, "heat_bath"),
        ({"real": True}, {"bonds": "-J*a*b", "sites": "a**4", "couplings": COUPLED}, "metropolis"),
    ],
)
def test_kernels_do_what_the_energy_says(spin, hamiltonian, algorithm):
    assert not checked(model_of(10, PETERSEN, hamiltonian, spin, algorithm))


IRREGULAR = [[0, 1], [2, 0], [0, 3], [0, 4], [5, 0], [1, 2], [3, 2], [5, 6], [6, 7], [7, 5]]


@pytest.mark.parametrize("algorithm", ["metropolis", "heat_bath"])
@pytest.mark.parametrize("bonds", ["-a*b", "-(a - b)**2 - 0.3*a*b", "-a*b + 0.1*a"])
def test_two_states_without_disorder_are_looked_up_by_degree_and_number_of_upper_neighbours(bonds, algorithm):
    model = model_of(9, IRREGULAR, {"bonds": bonds, "sites": "-h*a"}, {"states": [-1, 2]}, algorithm, 3.0, h=0.3)
    tables = {name: table for name, table in model.constants().items() if "_table0" in name}
    if bonds.endswith("0.1*a"):  # the ends differ
        assert not tables
    else:
        degrees = np.unique(np.bincount(np.ravel(IRREGULAR), minlength=9))
        assert [len(table) for table in tables.values()] == [sum(degrees + 1) * (2 if algorithm == "metropolis" else 1)]
    assert not checked(model)


def test_several_kinds_of_edges_with_couplings_by_kind_and_one_for_each_edge():
    edges = {"a": [[0, 1], [1, 2], [2, 3]], "b": [[0, 2], [3, 1]], "c": [[0, 3]]}
    hamiltonian = {"bonds": {"a": "-J*a*b", "b": "J*a*b/2", "c": "-K*a*b"}}
    hamiltonian["couplings"] = {"J": {"random": {"normal": [0, 1]}, "seed": 3}, "K": {"c": 0.5}}
    model = model_of(4, edges, hamiltonian)
    assert not checked(model)
    J = model.quenched()["J"][0]
    spins = np.array([1, -1, -1, 1])
    expected = -sum(J[n] * spins[a] * spins[b] for n, (a, b) in enumerate(edges["a"]))
    expected += (
        sum(J[3 + n] * spins[a] * spins[b] / 2 for n, (a, b) in enumerate(edges["b"])) - 0.5 * spins[0] * spins[3]
    )
    held = spins[model.geometry.order].reshape(1, 4, 1, 1)
    assert DirectEnergy(model.system)(held)[0] == pytest.approx(expected, rel=1e-12)


def test_equal_sums_over_edges_that_lead_out_and_in_become_one_loop():
    def loops(bonds, **more):
        (function,) = {phase.update.source for phase in model_of(10, PETERSEN, {"bonds": bonds, **more}).phases()}
        return function.count("for edge")

    assert loops("-J*a*b", couplings=COUPLED) == 1
    assert loops("-J*a*b - 0.2*a", couplings=COUPLED) == 2
    assert loops("-h_a*h_b*a*b", fields={"h": "i"}) == 1
    assert loops("-h_a*a*b", fields={"h": "i"}) == 2


# -- faults ------------------------------------------------------------------------------------------------------------


def refused(lattice, hamiltonian=None, observables=None, **more):
    keys = {
        "model": {
            "type": "spins",
            "lattice": {"type": "graph", **lattice},
            "parameters": {"temperature": 1.0},
            "spin": ISING,
            "hamiltonian": hamiltonian or {"bonds": "-a*b"},
            **more,
        },
        "run": {"seed": 1, "sweeps": 10},
        "output": {"observables": observables or {}},
    }
    with pytest.raises(SimcoreError) as caught:
        resolve(keys)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("lattice", "said"),
    [
        ({"edges": [[0, 1], [2, 2]]}, "edge 1 joins site 2 with itself"),
        (
            {"edges": [[0, 1], [1, 2], [1, 0]]},
            "edge 2 is [1, 0], as edge 0 is (in the other direction); give every edge",
        ),
        ({"edges": [[0, 1], [0, 1]]}, "edge 1 is [0, 1], as edge 0 is; give every edge once"),
        ({"edges": [[0, 1], [1, 5]], "sites": 5}, "edge 1 is [1, 5]; the sites are 0 to 4"),
        ({"edges": [[0, -1]]}, "edge 0 is [0, -1]; sites have numbers from 0"),
        ({"edges": [[0, 1, 2]]}, "edge 0 is a pair of sites, such as [0, 1], not [0, 1, 2]"),
        ({"edges": [[0, 1.5]]}, "edge 0 is a pair of sites"),
        ({"edges": []}, "there are no edges; say how many sites there are"),
        ({"edges": {}}, "must be [[0, 1], [1, 2]], {file: edges.npy}"),
        ({"edges": {"a": [[0, 1]], "b": [[1, 1]]}}, "b: edge 0 joins site 1 with itself"),
        ({"edges": {"a b": [[0, 1]]}}, "'a b' is no name for a kind"),
        ({"edges": {"file": "missing.npy"}}, "cannot be read"),
        ({"edges": "edges.npy"}, "must be [[0, 1], [1, 2]], {file: edges.npy}"),
    ],
)
def test_bad_edges_are_told_in_one_line(lattice, said):
    assert said in refused(lattice)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"observables": {"c": "correlation(1)"}}, "correlation needs a lattice with axes, and a graph has none"),
        ({"observables": {"c": "structure_factor(1)"}}, "structure_factor needs a lattice with axes"),
        ({"observables": {"c": "staggered_magnetization()"}}, "staggered_magnetization needs a lattice with axes"),
        ({"observables": {"c": "correlation_length(x)"}}, "correlation_length needs a lattice with axes"),
        ({"observables": {"c": "mean(a*x)"}}, "unknown name 'x'"),
        ({"observables": {"c": "mean_over(nnn, a*b)"}}, "finds no bonds or plaquettes of the kind 'nnn'"),
        ({"hamiltonian": {"bonds": {"nnn": "-a*b"}}}, "this lattice has no bonds 'nnn'"),
        ({"hamiltonian": {"plaquettes": "-a*b*c*d"}}, "this lattice has no plaquettes"),
        ({"hamiltonian": {"bonds": "-a*b", "sites": "x*a"}}, "unknown name 'x'"),
        ({"algorithm": "kawasaki", "initial": "random"}, "kawasaki exchanges the spins of cells at fixed offsets"),
        ({"hamiltonian": {"bonds": "-graph_J*a*b", "couplings": {"graph_J": {"nn": 1}}}}, "is taken by the language"),
    ],
)
def test_what_a_graph_has_not_is_refused_in_one_line(more, said):
    assert said in refused({"edges": [[0, 1], [1, 2]]}, **more)


def test_few_graphs_are_remembered(monkeypatch):
    monkeypatch.setattr(shared_structure, "REMEMBERED", {})
    models = [model_of(4 + n, [[0, 1], [1, 2]], {"bonds": "-a*b"}) for n in range(9)]
    assert len(shared_structure.REMEMBERED) == FEW
    assert models[-1]._structure in shared_structure.REMEMBERED.values()
    again = model_of(12, [[0, 1], [1, 2]], {"bonds": "-a*b"}, temperature=2.0)
    assert again._structure is models[-1]._structure


# -- files -------------------------------------------------------------------------------------------------------------


def from_files(tmp_path, monkeypatch, edges, couplings=None):
    monkeypatch.chdir(tmp_path)
    hamiltonian = {"bonds": "-J*a*b", "couplings": {"J": couplings}} if couplings else {"bonds": "-a*b"}
    keys = {
        "model": {
            "type": "spins",
            "lattice": {"type": "graph", "edges": edges},
            "parameters": {"temperature": 1.0},
            "spin": ISING,
            "hamiltonian": hamiltonian,
        },
        "run": {"seed": 1, "sweeps": 10},
    }
    return resolve(keys)


TABLE = "from,to,J\n0,1,0.5\n# a comment\n1,2,-1.5\n\n2,3,2\n"


def test_edges_and_couplings_from_columns_of_a_text_file(tmp_path, monkeypatch):
    (tmp_path / "edges.csv").write_text(TABLE)
    (tmp_path / "plain.txt").write_text("0 1\n1 2 # and\n2 3\n")
    np.save(tmp_path / "J.npy", [0.5, -1.5, 2.0])
    np.save(tmp_path / "edges.npy", np.array([[0, 1], [1, 2], [2, 3]], np.int32))
    for edges in ("edges.csv", "plain.txt", "edges.npy"):
        for couplings in ({"file": "edges.csv", "column": "J"}, {"file": "edges.csv", "column": 2}, {"file": "J.npy"}):
            model = from_files(tmp_path, monkeypatch, {"file": edges}, couplings).model
            assert model.geometry.graph.edges["nn"].tolist() == [[0, 1], [1, 2], [2, 3]]
            assert model.quenched()["J"][0].tolist() == [0.5, -1.5, 2.0]


def test_a_file_counts_by_its_contents(tmp_path, monkeypatch):
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text(TABLE)
    (tmp_path / "three.csv").write_text(TABLE.replace("2,3,2", "0,3,2"))
    keys = [from_files(tmp_path, monkeypatch, {"file": f"{n}.csv"}).key for n in ("one", "two", "three")]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    ("edges", "couplings", "said"),
    [
        ("0,1\n1,x\n", None, "could not convert string"),
        ("0,1.5\n", None, "edge 0 holds 1.5; sites have whole numbers from 0"),
        ("0\n1\n", None, "has the shape [2, 1]; [edges, 2] is needed"),
        (TABLE, {"file": "edges.csv", "column": "K"}, "names no column 'K'; "),
        (TABLE, {"file": "edges.csv", "column": "from", "seed": 1}, "unknown key 'seed'"),
        (TABLE, {"file": "edges.csv"}, "has the shape [3, 3]; [3] is needed"),
        (TABLE.replace("0.5", "nan"), {"file": "edges.csv", "column": "J"}, "must be finite"),
    ],
)
def test_bad_tables_are_told_in_one_line(tmp_path, monkeypatch, edges, couplings, said):
    (tmp_path / "edges.csv").write_text(edges)
    with pytest.raises(SimcoreError) as caught:
        from_files(tmp_path, monkeypatch, {"file": "edges.csv"}, couplings)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


# -- what plan says ----------------------------------------------------------------------------------------------------


def test_plan_says_degrees_parts_and_colours():
    model = model_of(6, [[0, 1], [1, 2], [2, 0], [3, 4]], {"bonds": "-a*b"})
    found = {name: (text, warns) for name, text, warns in model.remarks()}
    assert found["neighbours"] == ("0 to 2 (mean 1.33) nn of a site", False)
    assert found["connected parts"] == ("3: the energy divides the 6 sites into parts that do not interact", True)
    assert found["colours"][0].startswith("3, of 1 to 3 (mean 2) sites")
    assert list(found) == ["neighbours", "connected parts", "colours", "tables"]
    full = model_of(4, [list(pair) for pair in combinations(range(4), 2)], {"bonds": "-a*b"})
    assert {name: text for name, text, _ in full.remarks()}["colours"].startswith("4: every site has its own")


# -- the guard ---------------------------------------------------------------------------------------------------------


GUARDED = [
    (ISING, {"bonds": "-a*b", "sites": "-0.2*a"}, "metropolis"),
    (ISING, {"bonds": "-a*b", "sites": "-0.2*a"}, "heat_bath"),
    (ISING, {"bonds": "-J*a*b", "couplings": COUPLED}, "metropolis"),
    (ISING, {"bonds": "-J*a*b - 0.2*a*h_b", "fields": {"h": "i"}, "couplings": COUPLED}, "heat_bath"),
    ({"states": [0, 1, 2]}, {"bonds": "-equal(a, b)", "sites": "0.1*a*i"}, "heat_bath"),
    ({"angle": True}, {"bonds": "-J*cos(a - b)", "couplings": COUPLED}, {"type": "heat_bath", "over_relaxation": 1}),
    ({"vector": 3}, {"bonds": "-dot(a, b)"}, {"type": "metropolis", "over_relaxation": 1}),
    ({"real": True}, {"bonds": "(a - b)**2/2", "sites": "a**2/2"}, "heat_bath"),
]


def fault(model, moves=200, change=None):
    spin, sites = model.system.spin, model.geometry.sites
    held = np.moveaxis(spin.random((sites,), Stream(3)), -1, 0)
    state = dict(zip(model.system.arrays.names, held, strict=True))
    state |= {array.name: np.asarray(array.initial) for array in model.system.disorder()}
    given = {**dict(model.parameters), **model.constants()}
    return model.audit(state, given if change is None else change(given), moves, 11)


@pytest.mark.parametrize(("spin", "hamiltonian", "algorithm"), GUARDED)
def test_the_guard_finds_nothing_where_all_is_right(spin, hamiltonian, algorithm):
    edges = random_edges(60, 150).tolist()
    assert fault(model_of(70, edges, hamiltonian, spin, algorithm)) == ""


@pytest.mark.parametrize(("spin", "hamiltonian", "algorithm"), GUARDED)
def test_the_guard_finds_a_neighbour_that_is_another_one(spin, hamiltonian, algorithm):
    model = model_of(70, random_edges(60, 150).tolist(), hamiltonian, spin, algorithm)

    def change(given):
        return given | {"graph_near_nn": np.roll(given["graph_near_nn"], 1)}

    found = fault(model, change=change)
    assert found.startswith("model.hamiltonian.bonds.nn")
    assert "moves are not decided by the energy as it is written. At site [" in found


def test_the_guard_finds_an_edge_that_is_left_out_and_a_coupling_of_another_edge():
    model = model_of(70, random_edges(60, 150).tolist(), {"bonds": "-J*a*b", "couplings": COUPLED})
    for change in (
        lambda given: given | {"graph_stop_nn": np.maximum(given["graph_stop_nn"] - 1, given["graph_start_nn"])},
        lambda given: given | {"J": given["J"][::-1].copy()},
    ):
        assert "moves are not decided" in fault(model, change=change)


def test_the_guard_takes_few_moves_where_a_site_has_very_many_edges():
    star = [[0, n] for n in range(1, 40_000)]
    model = model_of(40_000, star, {"bonds": "-a*b"})
    fault(model, 1000)
    begin = time.perf_counter()
    assert fault(model, 1000) == ""
    assert time.perf_counter() - begin < 0.5


def test_plan_says_what_the_tables_take():
    hamiltonian = {"bonds": "-J*a*b", "couplings": COUPLED}
    model = model_of(300, {"a": random_edges(300, 900).tolist(), "b": [[0, 1]]}, hamiltonian)
    tables = [t for name, t in model.constants().items() if name == "J" or name[0] == "J" or name.startswith("graph_")]
    (text,) = (text for name, text, _ in model.remarks() if name == "tables")
    assert text == f"{sum(table.nbytes for table in tables) / 2**20:.3g} MiB a worker"


# -- lattices that are graphs better -----------------------------------------------------------------------------------


def one_cell(sites, shape=(1,), hamiltonian=None):
    bonds = [[a, b, [0]] for a, b in combinations(range(sites), 2)]
    lattice = {"type": "custom", "shape": list(shape), "basis": sites, "neighbours": {"e": bonds}}
    keys = {"lattice": lattice, "parameters": {"temperature": 1.0}, "spin": ISING}
    return Spins.model_validate({**keys, "hamiltonian": hamiltonian or {"bonds": "-a*b"}})


def test_a_cell_of_many_sites_is_refused_with_the_graph_to_write():
    with pytest.raises(ValueError, match="as a graph it takes seconds") as caught:
        one_cell(12)
    text = re.search(r"lattice: (\{.*\}\})", str(caught.value))[1]
    written, _ = parse(text, lambda line, column: f"{line}:{column}")
    graph = GraphLattice.model_validate(written.plain())
    assert graph.graph.edges["e"].tolist() == [list(pair) for pair in combinations(range(12), 2)]
    assert one_cell(8).geometry.sites == 8


def test_very_many_drawn_couplings_of_a_cell_are_refused():
    with pytest.raises(ValueError, match=r"couplings of 190 bonds in a cell .* write all 60 sites as a graph"):
        one_cell(20, (3,), {"bonds": "-J*a*b", "couplings": COUPLED})
    assert one_cell(20, (3,)).geometry.sites == 60


def test_more_random_numbers_in_a_step_than_the_counter_tells_apart_are_refused():
    """Each colour has draws of its own, so that a graph of very many colours needs as many."""

    class ManyColours(Spins):
        def phases(self):
            return [*super().phases()] * (2**15 + 1)

    keys = {"lattice": {"type": "graph", "edges": [[0, 1]]}, "parameters": {"temperature": 1.0}, "spin": ISING}
    model = ManyColours.model_validate({**keys, "hamiltonian": {"bonds": "-a*b"}})
    with pytest.raises(
        SimcoreError, match="a step takes 65538 random numbers at a cell, and at most 65536 are different"
    ):
        build(Description(model))
