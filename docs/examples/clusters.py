"""Clusters of a random field: a `RowPhase`. Run it from the top of the repository:

simcore run docs/examples/clusters.yaml
"""

from simcore import CellPhase, Model, Observable, Parameters, RowPhase, StateArray, parameter


def dilute(density, random):
    return 1 if random[0] < density else 0


def begin(site, label, first, last):
    """Each occupied site is a cluster of its own, named by its number; -1 on empty sites."""
    m = site.shape[1]
    for i in range(first, last):
        for j in range(m):
            label[i, j] = i * m + j if site[i, j] == 1 else -1


def smallest_around(site, label, smaller, first, last):
    """The smallest name of a site and its neighbours; then the name that the site of that name has."""
    n, m = site.shape
    for i in range(first, last):
        for j in range(m):
            if site[i, j] == 0:
                smaller[i, j] = -1
                continue
            least = label[i, j]
            for x, y in (((i + 1) % n, j), (i - 1, j), (i, (j + 1) % m), (i, j - 1)):
                if site[x, y] == 1:
                    least = min(least, label[x, y])
            smaller[i, j] = label[least // m, least % m]


def take_over(label, smaller, first, last):
    """Whether any name in these rows has changed."""
    changed = False
    for i in range(first, last):
        for j in range(label.shape[1]):
            changed = changed or label[i, j] != smaller[i, j]
            label[i, j] = smaller[i, j]
    return changed


def is_named_after(label, site, i, j, size):
    return label[i, j] == i * size + j


def occupied(site, i, j):
    return site[i, j]


class ClustersParameters(Parameters):
    density: float = parameter(0.592746, doc="probability that a site is occupied", at_least=0.0, at_most=1.0)


class Clusters(Model):
    """Site percolation on a periodic square lattice: a new field in each step, and its clusters by their first site."""

    reference = "J. Hoshen and R. Kopelman, Phys. Rev. B 14, 3438 (1976)"

    size: int = parameter(64, doc="sites along a side", at_least=1)
    parameters: ClustersParameters

    def state(self):
        shape = (self.size, self.size)
        return [
            StateArray("site", shape, "int8", 0),
            StateArray("label", shape, "int64", -1),
            StateArray("smaller", shape, "int64", 0, work=True),
        ]

    def phases(self):
        return [
            CellPhase(dilute, "site", draws=1),
            RowPhase(begin, "label"),
            RowPhase((smallest_around, take_over), ("label", "smaller"), repeat=True),
        ]

    def constants(self):
        return {"size": self.size}

    def observables(self):
        return [
            Observable("occupied", occupied, doc="share of the sites"),
            Observable("clusters", is_named_after, doc="number of clusters, per site"),
        ]
