"""Random experiments with equations: everything that the language of formulas knows, in sizes of a few cells."""

from __future__ import annotations

import numpy as np

AXES = ("x", "y", "z")
EXPLICIT = ("euler", "rk2", "rk4", "rk45", "leapfrog", "euler_maruyama")
SCHEMES = (*EXPLICIT, "imex")
EVEN, ODD = "even", "odd"


class Draft:
    """One experiment in the making. r: a `random.Random`, whoever drives it."""

    def __init__(self, r, folder):
        self.r, self.folder = r, folder
        self.scheme = r.choice(SCHEMES)
        self.order, self.upwind = r.choice((2, 2, 4)), r.choice((1, 1, 3))
        self.dimensions = r.choice((1, 1, 1, 2, 2, 2, 3))
        sizes = {1: ((4, 7),), 2: ((2, 5), (2, 4)), 3: ((2, 3),) * 3}[self.dimensions]
        self.shape = [r.randint(*size) for size in sizes]
        self.axes = AXES[: self.dimensions]
        self.walled = [axis for axis in self.axes if r.random() < 0.6]
        self.moving = self.scheme != "imex" and r.random() < 0.5
        self.fields = ("u", "v")[: r.randint(1, 2)]
        self.second = self._of_second_order()
        self.parameters = {"a": self.real(), "b": self.real()}
        self.files = {}
        self.measuring = False
        self.own = {}  # named expressions so far: whether they have walls of their own, whether they hold operators
        self.steep = {}
        self.odd = {}  # whether they hold odd derivatives
        self.placed = {}  # whether they hold a coordinate of a periodic axis

    def _of_second_order(self):
        if self.scheme == "leapfrog":
            return self.fields
        if self.scheme in ("rk2", "rk4", "rk45"):
            return tuple(f for f in self.fields if self.r.random() < 0.3)
        return ()

    def real(self, low=-1.0, high=1.0):
        return round(self.r.uniform(low, high), 4)

    # -- walls ----------------------------------------------------------------------------------------------------

    def boundary(self):
        """Every side named."""
        if not self.walled:
            return "periodic"
        given = {}
        for axis in self.axes:
            if axis not in self.walled:
                given[axis] = "periodic"
            elif self.r.random() < 0.3:
                given[axis] = self.wall(axis)
            else:
                given |= {f"{axis}-": self.wall(axis), f"{axis}+": self.wall(axis)}
        return given

    def wall(self, axis):
        kinds = ["value", "derivative"] + ["mixed"] * (self.order == 2 and self.upwind == 1)
        kind = self.r.choice(kinds)
        return {kind: [self.real(0.0, 0.9), self.at_wall(axis)] if kind == "mixed" else self.at_wall(axis)}

    def at_wall(self, axis):
        parts = [repr(self.real())]
        if self.moving and self.r.random() < 0.6:
            parts.append(f"{self.real()}*sin({self.real(1, 5)}*t)")
        along = [other for other in self.axes if other != axis]
        if along and self.r.random() < 0.4:
            parts.append(f"{self.real()}*cos({self.r.choice(along)})")
        if self.r.random() < 0.2:
            parts.append("a")
        return parts[0] if len(parts) == 1 else " + ".join(parts)

    # -- formulas -------------------------------------------------------------------------------------------------

    def formula(self, depth, *, operators=True, sampled=None, reductions=True):
        """operators: whether they may stand here. sampled: by an EVEN or ODD operator, or not."""
        r, again = self.r, {"operators": operators, "sampled": sampled, "reductions": reductions}
        if depth == 0:
            return self.leaf(sampled, operators=operators, reductions=reductions)
        kind = r.randrange(12)
        if kind < 3:
            return f"({self.formula(depth - 1, **again)} {r.choice('+-*')} {self.formula(depth - 1, **again)})"
        if kind == 3:
            function = r.choice(("sin({})", "cos({})", "tanh({})", "exp(-({})**2)", "sqrt(1 + ({})**2)", "abs({})"))
            return function.format(self.formula(depth - 1, **again))
        if kind == 4:
            return f"{r.choice(('min', 'max'))}({self.formula(depth - 1, **again)}, {self.real()})"
        if kind == 5:
            parts = [self.formula(depth - 1, **again) for _ in range(2)]
            return f"where({self.condition(again)}, {', '.join(parts)})"
        if kind == 6:
            return f"({self.formula(depth - 1, **again)})**{r.randint(2, 3)}"
        if kind == 7 and reductions and sampled is None:
            return self.reduction(depth - 1)
        if operators:
            return self.operator(depth - 1)
        return self.leaf(sampled, operators=operators, reductions=reductions)

    def condition(self, again):
        r = self.r
        one = f"({self.leaf(again['sampled'])} {r.choice('<>')} {round(r.uniform(-0.5, 0.5), 6)}3)"
        if r.random() < 0.3:
            return f"({one} {r.choice('&|')} ({self.leaf(again['sampled'])} > 0.1234567))"
        return one

    def leaf(self, sampled, *, operators=False, reductions=False):
        r = self.r
        names = [*self.fields, *self.fields, "a", "b", repr(self.real()), "t"]
        names += [axis for axis in self.axes if sampled is None or axis in self.walled]
        if (self.scheme != "leapfrog" or self.measuring) and (sampled is None or not self.moving):
            names += [f"{name}_t" for name in self.second]
        if "D" in self.parameters or r.random() < 0.05:
            names.append(self.file())
        for name, own in self.own.items():
            even = sampled == EVEN and not self.odd[name]
            usable = sampled is None or own or not self.walled or not self.steep[name] or even
            names += [name] * 2 * (usable and (sampled is None or not self.placed[name]))
        return r.choice(names)

    def file(self):
        """A parameter that varies in space."""
        if "D" not in self.files:
            array = np.array([self.real() for _ in range(int(np.prod(self.shape)))]).reshape(self.shape)
            path = self.folder / f"D{abs(hash(array.tobytes()))}.npy"
            np.save(path, array)
            self.files["D"], self.parameters["D"] = array, {"file": str(path)}
        return "D"

    def operator(self, depth):
        r, nested = self.r, not self.walled
        axis = r.choice(self.axes)

        def below(kind):
            return self.formula(depth, operators=nested and r.random() < 0.5, sampled=kind, reductions=False)

        name = r.choice(("laplace", f"d2{axis}", f"d{axis}", f"d{axis}", "gradient_squared", "advect"))
        if name == "advect":
            speeds = [self.formula(0) for _ in self.axes]
            return f"advect({', '.join(speeds)}, {below(ODD)})"
        return f"{name}({below(EVEN if name in ('laplace', f'd2{axis}') else ODD)})"

    def reduction(self, depth):
        name = self.r.choice(("mean", "mean", "integral", "min", "max", "std", "at"))
        inside = self.formula(depth)
        return f"at({inside}, {', '.join(self.point())})" if name == "at" else f"{name}({inside})"

    def point(self):
        ends = ((o, o + n * h) for n, h, o in zip(self.shape, self.spacing, self.origin, strict=True))
        return [f"{self.r.uniform(low, high):.6f}" for low, high in ends]

    # -- the experiment -------------------------------------------------------------------------------------------

    def experiment(self):
        """As a dict, and the parameters by value."""
        r = self.r
        same = r.random() < 0.5
        self.spacing = [0.75] * self.dimensions if same else [self.real(0.5, 1.5) for _ in self.axes]
        self.origin = [self.real() for _ in self.axes]
        grid = {"shape": self.shape, "spacing": self.spacing, "origin": self.origin, "boundary": self.boundary()}
        fields = {}
        for name in self.fields:
            waves = [f"sin({self.real(0.5, 3)}*{axis} + {self.real()})" for axis in self.axes]
            fields[name] = {"initial": f"{self.real()} + {'*'.join(waves)}"}
            if r.random() < 0.4:
                fields[name]["boundary"] = self.boundary()
            if name in self.second and r.random() < 0.5:
                fields[name]["velocity"] = f"{self.real()}*cos({self.axes[0]})"
        expressions = {}
        for name in ("p", "q")[: r.randint(0, 2)]:
            text = self.formula(r.randint(1, 2))
            own = r.random() < 0.4
            expressions[name] = {"value": text, "boundary": self.boundary()} if own else text
            words = text.replace("(", " ").split()
            self.steep[name] = any(w.startswith(("laplace", "d", "grad", "adv")) for w in words) or any(
                steep and n in text for n, steep in self.steep.items()
            )
            self.odd[name] = "advect(" in text or any(f"d{axis}(" in text for axis in AXES)
            self.odd[name] |= any(odd and n in text for n, odd in self.odd.items())
            loose = [axis for axis in self.axes if axis not in self.walled]
            self.placed[name] = any(f"{c}{a}{d}" in f" {text} " for a in loose for c in " (" for d in " ),")
            self.placed[name] |= any(n in text for n, placed in self.placed.items() if placed)
            self.own[name] = own
        equations = {}
        for name in self.fields:
            text = self.formula(r.randint(1, 3))
            equations[name] = {"tt": text} if name in self.second else text
        self.measuring = True
        observables = {f"o{n}": self.observable() for n in range(r.randint(1, 4))}
        model = {
            "type": "pde",
            "grid": grid,
            "parameters": self.parameters,
            "fields": fields,
            "expressions": expressions,
            "equations": equations,
            "scheme": self.scheme,
            "order": self.order,
            "upwind": self.upwind,
        }
        if self.scheme == "rk45":
            model["tolerance"] = {"relative": 1e-5, "absolute": 1e-7}
        run = {"seed": 1, "dt": self.real(0.01, 0.05), "steps": r.randint(1, 3), "allow_unstable": True}
        run |= {"until": {"steady": 1e-300}, "workers": 1}
        output = {"observables": observables, "fields": {"names": [*self.fields, *expressions]}}
        values = self.parameters | self.files
        return {"model": model, "run": run, "output": output}, values

    def observable(self):
        first = self.reduction(self.r.randint(0, 2))
        return f"a + 2*{first}" if self.r.random() < 0.3 else first
