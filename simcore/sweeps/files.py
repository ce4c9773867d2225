"""What lies in the directory of a sweep, by name."""

EXPERIMENT = "experiment.yaml"  # the sweep as it was launched last
POINTS = "points"  # a run each, by id
ESTIMATES = "estimates.h5"  # of all points, one file
FAILURES = "failures.log"  # for people
LEDGER = "ledger.jsonl"  # which points are done or failed, with their estimates
LAUNCHERS = "launchers"  # one file for each running launcher

# in estimates.h5
CAUTION = "_caution"  # a suffix: the cautions of the estimates, as `simcore.statistics.cautions` makes a number of them
ALIKE, POINT_ID, POINT_DONE, POINT_STEP = "alike", "point_id", "point_done", "point_step"
