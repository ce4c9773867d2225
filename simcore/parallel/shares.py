"""Which rows of which systems each worker owns, where a run has several systems with the same description.

While there are as many systems as workers, each worker takes whole ones, which need no barrier. The systems that are
left over are cut into rows, each among a group of workers that meet in barriers of their own::

    3 systems, 2 workers        worker 0:  system 0           system 2, first half
                                worker 1:  system 1           system 2, second half

A system computes the same bits however many workers share it, so that the cut decides how fast a run is and nothing
else.
"""

from __future__ import annotations

from dataclasses import dataclass

from simcore.parallel.partition import cut


@dataclass(frozen=True)
class Share:
    """What one worker owns of one system.

    system: its number. group: that of the control words by which those who share it meet. rank, workers: the place of
    this worker among them. rows: the first row and the one behind the last.
    """

    system: int
    group: int
    rank: int
    workers: int
    rows: tuple[int, int]


def most_workers(systems: int, rows: int) -> int:
    """How many workers can have a share."""
    return systems * rows


def shares(systems: int, rows: int, workers: int) -> list[list[Share]]:
    """The shares of each worker, in the order in which it works on them; nobody is left without one.

    Args:
        systems: how many there are.
        rows: of one system.
        workers: at most `systems * rows`.

    Returns:
        A list for each worker. Those that share a system have it in the same order among their shared ones.

    Example:
        >>> [[share.system for share in own] for own in shares(5, 16, 2)]
        [[0, 1, 4], [2, 3, 4]]
    """
    each, left = divmod(systems, workers)
    found = [
        [Share(worker * each + number, worker, 0, 1, (0, rows)) for number in range(each)] for worker in range(workers)
    ]
    if left:
        first = systems - left
        for members, part in _groups(left, rows, workers, idle=each > 0):
            ranges = cut(rows, min(len(members), rows))
            for system in part:
                for rank, own in enumerate(ranges):
                    found[members[rank]].append(Share(first + system, members[0], rank, len(ranges), own))
    return found


def _groups(systems: int, rows: int, workers: int, *, idle: bool) -> list[tuple[range, range]]:
    """Workers and systems in as many groups as let all be done soonest; of equal times, the one with most groups.

    idle: whether a group may have more workers than a system has rows.
    """
    best: list[tuple[range, range]] = []
    shortest = float("inf")
    for groups in range(1, min(systems, workers) + 1):
        made = [
            (range(*members), range(*part))
            for members, part in zip(cut(workers, groups), cut(systems, groups), strict=True)
        ]
        if not idle and max(len(members) for members, _ in made) > rows:
            continue
        longest = max(len(part) / min(len(members), rows) for members, part in made)
        if longest <= shortest:
            best, shortest = made, longest
    return best
