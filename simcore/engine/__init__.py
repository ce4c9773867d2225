"""The run loop, and what is asked of it from outside."""

from simcore.engine.plan import Plan, plan
from simcore.engine.run import Outcome, resume, run
from simcore.engine.status import Status, status
from simcore.engine.verify import Verification, verify

__all__ = ["Outcome", "Plan", "Status", "Verification", "plan", "resume", "run", "status", "verify"]
