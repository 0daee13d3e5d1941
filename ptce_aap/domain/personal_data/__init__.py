"""The map of personal data: every column of the database, whose it is, what it is for, how long it stays.

A test compares it with the models: a column that comes later is in the map, or nothing passes. The copy of one's own
data, the erasure of an account and ``docs/donnees-personnelles.md`` are drawn from it.
"""

from ptce_aap.domain.personal_data.applying import APPLYING
from ptce_aap.domain.personal_data.judging import JUDGING
from ptce_aap.domain.personal_data.running import RUNNING
from ptce_aap.domain.personal_data.vocabulary import Reach, TableUse

__all__ = ["DATA_MAP", "Reach", "TableUse"]

DATA_MAP: tuple[TableUse, ...] = (*RUNNING, *APPLYING, *JUDGING)
