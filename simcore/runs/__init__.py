"""The run loop, and what is asked of it from outside."""

from simcore.runs.plan import Plan, plan
from simcore.runs.run import Outcome, resume, run
from simcore.runs.status import Status, status
from simcore.runs.verify import Verification, verify

__all__ = ["Outcome", "Plan", "Status", "Verification", "plan", "resume", "run", "status", "verify"]
