"""What a process loads is set apart from what it looks among for garbage."""

from __future__ import annotations

import gc

import pytest

from ptce_aap.entry.loading import loading


def test_nobody_looks_for_cycles_while_a_process_loads_and_everybody_does_afterwards() -> None:
    assert gc.isenabled()
    with loading():
        kept = [[]]
        assert not gc.isenabled()
        with loading():
            pass
        assert not gc.isenabled()  # the outer one is not over
    assert gc.isenabled()
    assert not any(one is kept for one in gc.get_objects())  # set apart
    with pytest.raises(ImportError), loading():
        raise ImportError
    assert gc.isenabled()
