"""Kernels of the D2Q9 lattice: f1 to f4 move along +x, +y, -x, -y, f5 to f8 along (+, +), (-, +), (-, -), (+, -).

The arrays hold what leaves a cell after a collision. A cell takes what has left its neighbours; what would come from a
wall is what the cell itself has sent there, turned around half-way (bounce-back). Constants: see `LatticeBoltzmann`.
"""

REST, AXIS, DIAGONAL = 4.0 / 9.0, 1.0 / 9.0, 1.0 / 36.0
FLUID, OBSTACLE, WALL, LID = 0, 1, 2, 3


def even_equilibrium(weight, density, along, squares):
    """The part of the equilibrium that two opposite directions share; along: c u, squares: u u."""
    return weight * density * (1.0 + 4.5 * along * along - 1.5 * squares)


def even_part(weight, mean, density, along, push, squares, work, rate):
    """The mean of two opposite directions after a collision; along, push: velocity and force along the first."""
    relaxed = mean - rate * (mean - even_equilibrium(weight, density, along, squares))
    return relaxed + (1.0 - 0.5 * rate) * weight * (9.0 * along * push - 3.0 * work)


def odd_part(weight, half, density, along, push, rate):
    """Half of the difference of two opposite directions after a collision."""
    relaxed = half - rate * (half - 3.0 * weight * density * along)
    return relaxed + (1.0 - 0.5 * rate) * 3.0 * weight * push


def turned(weight, cell, momentum):
    """What a lid adds to what it turns around; momentum: c u of the lid, times the density 1."""
    return 6.0 * weight * momentum if cell == LID else 0.0


def stream_and_collide(
    f0, f1, f2, f3, f4, f5, f6, f7, f8, wall, i, j, even_rate, odd_rate, force_x, force_y, lid_x, lid_y
):
    """What leaves a cell: the two relaxation rates of I. Ginzburg et al., with the force of Guo, Zheng and Shi."""
    g0 = f0[i, j]
    from1 = wall[i - 1, j]
    back1 = f3[i, j] + turned(AXIS, from1, lid_x)
    g1 = f1[i - 1, j] if from1 == FLUID else back1
    from2 = wall[i, j - 1]
    back2 = f4[i, j] + turned(AXIS, from2, lid_y)
    g2 = f2[i, j - 1] if from2 == FLUID else back2
    from3 = wall[i + 1, j]
    back3 = f1[i, j] + turned(AXIS, from3, -lid_x)
    g3 = f3[i + 1, j] if from3 == FLUID else back3
    from4 = wall[i, j + 1]
    back4 = f2[i, j] + turned(AXIS, from4, -lid_y)
    g4 = f4[i, j + 1] if from4 == FLUID else back4
    from5 = wall[i - 1, j - 1]
    back5 = f7[i, j] + turned(DIAGONAL, from5, lid_x + lid_y)
    g5 = f5[i - 1, j - 1] if from5 == FLUID else back5
    from6 = wall[i + 1, j - 1]
    back6 = f8[i, j] + turned(DIAGONAL, from6, -lid_x + lid_y)
    g6 = f6[i + 1, j - 1] if from6 == FLUID else back6
    from7 = wall[i + 1, j + 1]
    back7 = f5[i, j] + turned(DIAGONAL, from7, -lid_x - lid_y)
    g7 = f7[i + 1, j + 1] if from7 == FLUID else back7
    from8 = wall[i - 1, j + 1]
    back8 = f6[i, j] + turned(DIAGONAL, from8, lid_x - lid_y)
    g8 = f8[i - 1, j + 1] if from8 == FLUID else back8
    density = g0 + ((g1 + g3) + (g2 + g4)) + ((g5 + g7) + (g6 + g8))
    ux = (g1 - g3 + (g5 - g7) + (g8 - g6) + 0.5 * force_x) / density
    uy = (g2 - g4 + (g5 - g7) + (g6 - g8) + 0.5 * force_y) / density
    squares = ux * ux + uy * uy
    work = ux * force_x + uy * force_y
    solid = wall[i, j] != FLUID
    e0 = REST * density * (1.0 - 1.5 * squares)
    n0 = g0 - even_rate * (g0 - e0) - (1.0 - 0.5 * even_rate) * REST * 3.0 * work
    along1, push1 = ux, force_x
    mean1 = even_part(AXIS, 0.5 * (g1 + g3), density, along1, push1, squares, work, even_rate)
    half1 = odd_part(AXIS, 0.5 * (g1 - g3), density, along1, push1, odd_rate)
    along2, push2 = uy, force_y
    mean2 = even_part(AXIS, 0.5 * (g2 + g4), density, along2, push2, squares, work, even_rate)
    half2 = odd_part(AXIS, 0.5 * (g2 - g4), density, along2, push2, odd_rate)
    along5, push5 = ux + uy, force_x + force_y
    mean5 = even_part(DIAGONAL, 0.5 * (g5 + g7), density, along5, push5, squares, work, even_rate)
    half5 = odd_part(DIAGONAL, 0.5 * (g5 - g7), density, along5, push5, odd_rate)
    along6, push6 = -ux + uy, -force_x + force_y
    mean6 = even_part(DIAGONAL, 0.5 * (g6 + g8), density, along6, push6, squares, work, even_rate)
    half6 = odd_part(DIAGONAL, 0.5 * (g6 - g8), density, along6, push6, odd_rate)
    return (
        f0[i, j] if solid else n0,
        f1[i, j] if solid else mean1 + half1,
        f2[i, j] if solid else mean2 + half2,
        f3[i, j] if solid else mean1 - half1,
        f4[i, j] if solid else mean2 - half2,
        f5[i, j] if solid else mean5 + half5,
        f6[i, j] if solid else mean6 + half6,
        f7[i, j] if solid else mean5 - half5,
        f8[i, j] if solid else mean6 - half6,
    )


def density_of_cell(f0, f1, f2, f3, f4, f5, f6, f7, f8, wall, i, j, cells_per_fluid):
    total = f0[i, j] + ((f1[i, j] + f3[i, j]) + (f2[i, j] + f4[i, j]))
    total += (f5[i, j] + f7[i, j]) + (f6[i, j] + f8[i, j])
    return total * cells_per_fluid if wall[i, j] == FLUID else 0.0


def momentum_x(f0, f1, f2, f3, f4, f5, f6, f7, f8, i, j, force_x):
    """Of the fluid: what has left the cell holds half of the force of this step too much."""
    return (f1[i, j] - f3[i, j]) + (f5[i, j] - f7[i, j]) + (f8[i, j] - f6[i, j]) - 0.5 * force_x


def momentum_y(f0, f1, f2, f3, f4, f5, f6, f7, f8, i, j, force_y):
    """Of the fluid: what has left the cell holds half of the force of this step too much."""
    return (f2[i, j] - f4[i, j]) + (f5[i, j] - f7[i, j]) + (f6[i, j] - f8[i, j]) - 0.5 * force_y


def velocity_x_of_cell(f0, f1, f2, f3, f4, f5, f6, f7, f8, wall, i, j, force_x, cells_per_fluid):
    rho = density_of_cell(f0, f1, f2, f3, f4, f5, f6, f7, f8, wall, i, j, 1.0)
    return (
        momentum_x(f0, f1, f2, f3, f4, f5, f6, f7, f8, i, j, force_x) / rho * cells_per_fluid
        if wall[i, j] == FLUID
        else 0.0
    )


def velocity_y_of_cell(f0, f1, f2, f3, f4, f5, f6, f7, f8, wall, i, j, force_y, cells_per_fluid):
    rho = density_of_cell(f0, f1, f2, f3, f4, f5, f6, f7, f8, wall, i, j, 1.0)
    return (
        momentum_y(f0, f1, f2, f3, f4, f5, f6, f7, f8, i, j, force_y) / rho * cells_per_fluid
        if wall[i, j] == FLUID
        else 0.0
    )


def energy_of_cell(f0, f1, f2, f3, f4, f5, f6, f7, f8, wall, i, j, force_x, force_y, cells_per_fluid):
    ux = velocity_x_of_cell(f0, f1, f2, f3, f4, f5, f6, f7, f8, wall, i, j, force_x, 1.0)
    uy = velocity_y_of_cell(f0, f1, f2, f3, f4, f5, f6, f7, f8, wall, i, j, force_y, 1.0)
    return 0.5 * (ux * ux + uy * uy) * cells_per_fluid


def speed_of_cell(f0, f1, f2, f3, f4, f5, f6, f7, f8, wall, i, j, force_x, force_y):
    return (2.0 * energy_of_cell(f0, f1, f2, f3, f4, f5, f6, f7, f8, wall, i, j, force_x, force_y, 1.0)) ** 0.5


def drag_x_of_cell(f1, f2, f3, f4, f5, f6, f7, f8, wall, i, j):
    """The momentum that obstacles take from what the cell sends to them, and turn around."""
    total = 0.0
    total += 2.0 * f1[i, j] if wall[i + 1, j] == OBSTACLE else 0.0
    total -= 2.0 * f3[i, j] if wall[i - 1, j] == OBSTACLE else 0.0
    total += 2.0 * f5[i, j] if wall[i + 1, j + 1] == OBSTACLE else 0.0
    total -= 2.0 * f6[i, j] if wall[i - 1, j + 1] == OBSTACLE else 0.0
    total -= 2.0 * f7[i, j] if wall[i - 1, j - 1] == OBSTACLE else 0.0
    total += 2.0 * f8[i, j] if wall[i + 1, j - 1] == OBSTACLE else 0.0
    return total if wall[i, j] == FLUID else 0.0


def drag_y_of_cell(f1, f2, f3, f4, f5, f6, f7, f8, wall, i, j):
    """The momentum that obstacles take from what the cell sends to them, and turn around."""
    total = 0.0
    total += 2.0 * f2[i, j] if wall[i, j + 1] == OBSTACLE else 0.0
    total -= 2.0 * f4[i, j] if wall[i, j - 1] == OBSTACLE else 0.0
    total += 2.0 * f5[i, j] if wall[i + 1, j + 1] == OBSTACLE else 0.0
    total += 2.0 * f6[i, j] if wall[i - 1, j + 1] == OBSTACLE else 0.0
    total -= 2.0 * f7[i, j] if wall[i - 1, j - 1] == OBSTACLE else 0.0
    total -= 2.0 * f8[i, j] if wall[i + 1, j - 1] == OBSTACLE else 0.0
    return total if wall[i, j] == FLUID else 0.0
