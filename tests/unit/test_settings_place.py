"""Where the local state is, wherever the command is called from."""

from __future__ import annotations

from pathlib import Path

import pytest

from ptce_aap import config

ROOT = Path(__file__).resolve().parents[2]


def test_a_checkout_keeps_its_state_beside_the_code_from_wherever_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert config.instance_folder({}) == ROOT / "instance"
    assert config.instance_folder({"PTCE_INSTANCE": "ici"}) == Path("ici")
    assert list(tmp_path.iterdir()) == []
