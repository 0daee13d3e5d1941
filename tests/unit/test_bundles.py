"""Bundles of random calls: honest ones hold, whatever is changed is found, and both verifiers agree."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests import tamperings
from tests.budgets import budget
from tests.bundles import HOLDS, drawn, judge, judge_alone


@pytest.mark.soak
@pytest.mark.target("SEC-37")
def test_an_honest_bundle_holds_for_both_verifiers(tmp_path: Path) -> None:
    seen = set()
    for seed in range(budget("bundle.honest")):
        bundle = drawn(Random(seed))
        (tmp_path / "bundle.zip").write_bytes(bundle.archive())
        found = judge(tmp_path / "bundle.zip", bundle.head), judge_alone(tmp_path / "bundle.zip", bundle.head)
        assert found == (HOLDS, HOLDS), seed
        seen |= {line["act"] for line in bundle.lines}
    # The stories drawn hold what makes a ranking hard to make again.
    assert seen >= {"conflict.declared", "departure.decided", "dossier.admitted", "mark.revised", "tie.voted"}


@pytest.mark.soak
@pytest.mark.target("SEC-37")
def test_every_tampering_is_found_by_both_verifiers_and_the_first_bad_line_is_named(tmp_path: Path) -> None:
    for seed in range(budget("bundle.tamperings")):
        rng = Random(seed)
        change = tamperings.ALL[seed % len(tamperings.ALL)]
        tampered = change(rng, drawn(rng))
        (tmp_path / "bundle.zip").write_bytes(tampered.data)
        found = judge(tmp_path / "bundle.zip", tampered.heads)
        assert found.status == tampered.status, (seed, change.__name__, found)
        assert judge_alone(tmp_path / "bundle.zip", tampered.heads) == found, (seed, change.__name__)
        if tampered.file is not None:
            assert (found.file, found.line) == (tampered.file, tampered.line), (seed, change.__name__)


@pytest.mark.soak
def test_both_verifiers_agree_on_values_of_any_shape(tmp_path: Path) -> None:
    found = Counter()
    for seed in range(budget("bundle.shapes")):
        rng = Random(seed)
        (tmp_path / "bundle.zip").write_bytes(tamperings.reshaped(rng, drawn(rng)))
        statuses = judge(tmp_path / "bundle.zip").status, judge_alone(tmp_path / "bundle.zip").status
        assert statuses in {(0, 0), (1, 1)}, seed
        found[statuses] += 1
    assert found[1, 1] > found[0, 0] > 0
