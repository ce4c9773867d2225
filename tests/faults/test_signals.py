"""A signal stops a run with its checkpoint written; a second one at once."""

from __future__ import annotations

import signal

import pytest

from simcore.cli import main
from simcore.runs import resume, status
from simcore.runs.verify import digest
from simcore.storage.checkpoint import latest_checkpoint
from tests.conftest import within


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_to_the_group_stops_the_run_and_its_resume_gives_the_same_bits(number, launch, undisturbed):
    command = launch()
    command.signal(number)
    code, errors = command.end()
    assert code == 128 + number
    newest = command.newest()
    expected = f"stopped by {number.name} at step {newest} of 1000000000000, its checkpoint is written"
    assert errors.splitlines()[-1] == f"{expected}: simcore resume {command.place}"
    found = status(command.place)
    assert (found.state, found.step, found.checkpoint) == ("stopped", newest, newest)
    if number == signal.SIGTERM:
        outcome = resume(command.place, workers=3, overrides=[f"run.sweeps={newest + 25}"])
        assert digest(outcome.path) == undisturbed(newest + 25)


def test_a_second_signal_ends_the_run_at_once_and_the_old_checkpoint_stays(launch):
    command = launch()
    writer = command.servants[-1]
    writer.suspend()  # a disk that hangs
    before = command.newest()
    command.signal(signal.SIGTERM)
    assert not within(0.5, lambda: command._process.poll() is not None)
    command.signal(signal.SIGINT)
    assert command._process.wait(timeout=10) == 128 + signal.SIGINT
    assert command.newest() == before
    checkpoint = latest_checkpoint(command.place / "checkpoints", pytest.fail, set_aside=False)
    assert checkpoint is not None
    assert checkpoint.step == before
    writer.resume()
    command.end()


def test_a_signal_before_the_run_has_begun_is_no_traceback(monkeypatch, capfd):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sys.argv", ["simcore", "run", "experiment.yaml"])
    monkeypatch.setattr("simcore.parallel.process.warm_up", interrupted)
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 128 + signal.SIGINT
    assert capfd.readouterr().err == ""
