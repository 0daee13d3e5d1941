"""The jury seen by the call team: who reads what, what is proposed, how far the marking is, its opening and closing."""

from ptce_aap.web.assignment import plan_changes, plans, readers, terms
from ptce_aap.web.assignment.room import bp

__all__ = ["bp", "plan_changes", "plans", "readers", "terms"]
