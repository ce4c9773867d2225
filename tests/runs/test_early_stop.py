"""A run that is told to stop while its workers get ready."""

from simcore.parallel.team import Team
from simcore.runs.experiment import resolve
from simcore.runs.simulation import Simulation

GIVEN = {
    "model": {"type": "heat", "grid": {"shape": [8]}, "fields": {"u": {"initial": "x"}}},
    "run": {"seed": 1, "dt": 0.1, "steps": 4},
}


def test_the_start_listens_while_workers_get_ready(monkeypatch):
    asked = []
    monkeypatch.setattr(Team, "prepared", lambda self, timeout: False)

    def told():
        asked.append(1)
        return len(asked) == 3

    with Simulation(resolve(GIVEN), 1) as simulation:
        simulation.begin(None, 4, told)
        assert len(asked) == 3
        assert simulation.step == 0
        assert simulation.state()["u"][0] == 0.5
