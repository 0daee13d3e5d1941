"""Static files are compressed once per version and served so."""

from __future__ import annotations

from pathlib import Path

from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.web import assets


def test_the_design_system_travels_compressed_and_never_changes_under_its_address(tmp_path: Path) -> None:
    settings = load_settings({}, instance=tmp_path)
    assets.prepare(tmp_path)
    client = create_app(settings).test_client()
    answer = client.get("/static/dsfr/dsfr.min.css", headers={"Accept-Encoding": "br, gzip"})
    assert answer.headers["Content-Encoding"] == "br"
    assert len(answer.data) < 80_000 < (assets.STATIC / "dsfr" / "dsfr.min.css").stat().st_size
    assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_preparing_twice_does_nothing_and_an_older_version_is_forgotten(tmp_path: Path) -> None:
    old = tmp_path / "static" / "0123456789abcdef"
    old.mkdir(parents=True)
    assets.prepare(tmp_path)
    made = {path: path.stat().st_mtime_ns for path in (tmp_path / "static").rglob("*")}
    assets.prepare(tmp_path)
    assert not old.exists()
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "static").rglob("*")} == made


def test_without_preparation_the_files_themselves_are_served(tmp_path: Path) -> None:
    client = create_app(load_settings({}, instance=tmp_path)).test_client()
    answer = client.get("/static/app.css", headers={"Accept-Encoding": "br"})
    assert (answer.status_code, "Content-Encoding" in answer.headers) == (200, False)
