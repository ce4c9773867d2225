"""What becomes of a user's functions on their way into the generated module: the module does what they do."""

from __future__ import annotations

import enum
import functools
import importlib.util
import math
import sys
from math import hypot

import numpy as np
import pytest
from numba import njit
from numpy import sqrt as root

from simcore.compiler.functions import FunctionSources, compile_pickled
from simcore.errors import InvalidValueError
from simcore.spec.arrays import CellFunction

INFINITY = float("inf")
WHOLE = 3
COMPLEX = 1.5 - 2j
HALF = np.float32(0.5)
UNLIMITED = np.float64("inf")
ARRAY = np.zeros(3)


class Colour(enum.IntEnum):
    RED = 7


RED = Colour.RED


def module_of(*functions, reserved=()):
    """The names of the functions in a module of their sources, and that module, in plain Python."""
    sources = FunctionSources(reserved)
    names = [sources.add(function) for function in functions]
    assert not sources.pickled
    text = "\n".join(
        ["import numpy as np", *sources.imports.values(), *sources.numbers.values(), *sources.definitions.values()]
    )
    space: dict = {}
    exec(compile(text, "<generated>", "exec"), space)
    return names, space


def same(function, *arguments, reserved=()):
    (name,), space = module_of(function, reserved=reserved)
    return space[name](*arguments) == function(*arguments)


def written(tmp_path, name: str, source: str):
    """A module in a file, with its source."""
    file = tmp_path / f"{name}.py"
    file.write_text(source)
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def constants(x):
    return x + WHOLE + HALF + RED + abs(COMPLEX) if x < min(INFINITY, UNLIMITED) else -math.inf


def libraries(x):
    return np.cos(x) + math.sin(x) + hypot(x, 1.0) + root(x) + np.float32(x) + math.pi


@njit
def compiled(x):
    return 2 * x


def calls(x):
    return compiled(x) + even(int(x))


def even(n):
    return True if n == 0 else odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


def test_constants_of_every_kind_have_their_values():
    assert same(constants, 2.0)
    assert same(constants, math.inf)


def test_numpy_and_math_are_imported_however_they_are_named():
    assert same(libraries, 0.3)


def test_what_a_function_calls_comes_along_compiled_or_recursive():
    assert same(calls, 3.0)
    assert same(calls, 4.0)


def test_a_closure_takes_its_values_and_functions_along():
    def made(factor, inner):
        def outer(x):
            return factor * inner(x)

        return outer

    assert same(made(3.0, libraries), 0.5)
    assert same(made(-math.inf, even), 2)


def test_closures_of_one_source_stay_apart():
    def made(factor):
        def scaled(x):
            return factor * x

        return scaled

    names, space = module_of(made(2.0), made(5.0))
    assert [space[name](1.0) for name in names] == [2.0, 5.0]


def test_equal_names_of_two_modules_stay_apart(tmp_path):
    source = "SCALE = {0}\ndef helper(x):\n    return SCALE * x\ndef kernel(x):\n    return helper(x) + 1\n"
    one, other = (written(tmp_path, f"same_names_{n}", source.format(n)) for n in (2, 7))
    names, space = module_of(one.kernel, other.kernel)
    assert [space[name](1.0) for name in names] == [3, 8]


def test_a_local_name_that_would_hide_a_renamed_function_gives_way(tmp_path):
    helper = "def helper(x):\n    return {0} * x\n"
    one = written(tmp_path, "hides_1", helper.format(2) + "def kernel(x):\n    return helper(x)\n")
    source = "def kernel(x, helper_2):\n    helper_3 = helper_2\n    return helper(x) + helper_3\n"
    other = written(tmp_path, "hides_2", helper.format(10) + source)
    names, space = module_of(one.kernel, other.kernel)
    assert [space[names[0]](1), space[names[1]](1, 100)] == [2, 110]


def test_a_function_with_a_reserved_name_is_renamed():
    assert same(even, 4, reserved=["even", "odd", "np"])


def test_a_written_function_is_known_by_its_source_and_by_what_it_uses():
    source = "def f(x):\n    return a * x + np.abs(x)"
    ways = [CellFunction(source, {"a": 2}), CellFunction(source, {"a": 3}), CellFunction(source, {"a": 2})]
    names, space = module_of(*ways)
    assert [space[name](1) for name in names] == [3, 4, 3]
    assert names[0] == names[2]


def unsupported_array(x):
    return ARRAY[0] + x


def unsupported_module(x):
    return sys.maxsize + x


def undefined(x):
    return nothing(x)  # noqa: F821


def doubled(function):
    @functools.wraps(function)
    def wrapper(x):
        return 2 * function(x)

    return wrapper


@doubled
def decorated(x):
    return x


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (unsupported_array, "the kernel unsupported_array names 'ARRAY', a ndarray; allowed are"),
        (unsupported_module, "the kernel unsupported_module names 'sys', a module; allowed are"),
        (undefined, "the kernel undefined names 'nothing', which is not defined"),
        (lambda x: x, "must be written with def, not as a lambda"),
        (decorated, "decorated has a decorator, which compiled code would leave out"),
        (functools.partial(even, 2), "is not a function: a kernel is a plain function written with def"),
        (np.sin, "is not a function"),
        (3, "3 is not a function"),
    ],
)
def test_what_compiled_code_cannot_have_is_refused_in_one_line(function, words):
    with pytest.raises(InvalidValueError, match=words) as error:
        FunctionSources(()).add(function)
    assert str(error.value).isprintable()


def test_a_function_without_source_travels_pickled_with_all_that_it_calls():
    source = (
        "import math\nSCALE = 3\n"
        "def outer():\n    c = 10\n    def inner(x):\n        return c + count(x)\n    return inner\n"
        "def count(n):\n    return 0 if n == 0 else SCALE + count(n - 1)\n"
        "nested = outer()\n"
        "def kernel(n):\n    return count(n) + nested(n) + math.sqrt(4)\n"
    )
    space: dict = {"__name__": "__main__"}
    exec(source, space)
    sources = FunctionSources(())
    name = sources.add(space["kernel"])
    assert not sources.definitions
    assert compile_pickled(sources.pickled[name])(4) == space["kernel"](4) == 36
