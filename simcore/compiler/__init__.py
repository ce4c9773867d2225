"""From the phases and observables of a model to one compiled function.

`build` makes the program, in the supervisor; `job` runs it, in the workers, which import no more than they need.
"""
