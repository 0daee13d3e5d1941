"""Where an operator's own definitions are, told without creating anything."""

from __future__ import annotations

from pathlib import Path

from ptce_aap.config import definitions_folder


def test_it_is_the_instance_unless_a_setting_says_otherwise(tmp_path: Path) -> None:
    instance, own = tmp_path / "instance", tmp_path / "own"
    assert definitions_folder({"PTCE_INSTANCE": str(instance)}) == instance
    assert definitions_folder({"PTCE_INSTANCE": str(instance), "PTCE_DEFINITIONS": str(own)}) == own
    assert not instance.exists()


def test_the_configuration_file_is_read_after_the_environment(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('PTCE_DEFINITIONS = "/srv/definitions"\n', encoding="utf-8")
    assert definitions_folder({"PTCE_INSTANCE": str(tmp_path)}) == Path("/srv/definitions")
    assert definitions_folder({"PTCE_INSTANCE": str(tmp_path), "PTCE_DEFINITIONS": "/autre"}) == Path("/autre")
