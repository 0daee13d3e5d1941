"""Settings: read once at start, and refused there in one sentence where they are wrong or unsafe."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from ptce_aap import migrations
from ptce_aap.config import SERVE_LOCK, BadSettings, load_settings, where_it_answers

SECRET = "x" * 32


def test_nothing_needs_to_be_set(tmp_path: Path) -> None:
    settings = load_settings({}, instance=tmp_path)
    assert (settings.database_url, settings.storage_url) == (
        f"sqlite:///{tmp_path}/ptce.sqlite3",
        f"file://{tmp_path}/uploads",
    )
    assert (settings.redis_url, settings.smtp_url, settings.theme) == (None, None, "neutre")
    assert (settings.base_url, settings.definitions, settings.public) == ("http://127.0.0.1:8000", tmp_path, False)


def test_the_environment_comes_before_the_file_of_the_instance(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('PTCE_THEME = "etat"\nPTCE_PORT = 8080\n', encoding="utf-8")
    settings = load_settings({"PTCE_PORT": "8181"}, instance=tmp_path)
    assert (settings.theme, settings.port) == ("etat", 8181)


@pytest.mark.target("SEC-20")
def test_the_secret_that_an_installation_draws_for_itself_is_kept_and_read_by_nobody_else(tmp_path: Path) -> None:
    drawn = load_settings({}, instance=tmp_path)
    assert len(drawn.secret_key) == 64
    assert drawn.secret_key not in repr(drawn)
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    assert load_settings({}, instance=tmp_path).secret_key == drawn.secret_key


@pytest.mark.target("SEC-20")
@pytest.mark.parametrize(
    "public",
    [{"PTCE_BASE_URL": "https://aap.example.org"}, {"PTCE_HOST": "0.0.0.0"}, {"PTCE_HOST": "aap.example.org"}],
)
def test_a_public_deployment_has_a_secret_of_its_own_and_no_demonstration(
    tmp_path: Path, public: dict[str, str]
) -> None:
    with pytest.raises(BadSettings, match="PTCE_SECRET_KEY est obligatoire"):
        load_settings(public, instance=tmp_path)
    with pytest.raises(BadSettings, match="32 octets"):
        load_settings({**public, "PTCE_SECRET_KEY": SECRET[1:]}, instance=tmp_path)
    with pytest.raises(BadSettings, match="démonstration"):
        load_settings({**public, "PTCE_SECRET_KEY": SECRET}, instance=tmp_path, demo=True)
    assert load_settings({**public, "PTCE_SECRET_KEY": SECRET}, instance=tmp_path).public


@pytest.mark.target("SEC-20")
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("PTCE_DATABASE_URL", "mysql://moi:motdepasse@serveur/base"),
        ("PTCE_REDIS_URL", "serveur:motdepasse"),
        ("PTCE_STORAGE_URL", "ftp://moi:motdepasse@serveur"),
        ("PTCE_SMTP_URL", "moi:motdepasse@serveur:25"),
        ("PTCE_DEFINITIONS", "nulle-part"),
        ("PTCE_THEME", "rose"),
        ("PTCE_PORT", "80000"),
        ("PTCE_BASE_URL", "aap.example.org"),
    ],
)
def test_a_wrong_setting_is_named_and_no_password_is_repeated(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(BadSettings, match=key) as refused:
        load_settings({key: value}, instance=tmp_path)
    assert "motdepasse" not in str(refused.value)


@pytest.mark.parametrize(("text", "named"), [('PTCE_COULEUR = "x"', "PTCE_COULEUR"), ("PTCE_PORT = ", "config.toml")])
def test_a_wrong_file_of_the_instance_is_refused(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadSettings, match=named):
        load_settings({}, instance=tmp_path)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://moi:motdepasse@127.0.0.1:1/base",
        "postgresql://moi:motdepasse@serveur:x/base",
        "sqlite:////proc/x/y",
    ],
)
def test_a_database_that_does_not_answer_is_told_in_one_line(tmp_path: Path, address: str) -> None:
    settings = load_settings({"PTCE_DATABASE_URL": address}, instance=tmp_path)
    with pytest.raises(BadSettings, match="PTCE_DATABASE_URL") as refused:
        migrations.up_to_date(settings)
    assert "\n" not in str(refused.value)
    assert "motdepasse" not in str(refused.value)


def test_links_lead_to_the_application_that_runs_whatever_port_it_took(tmp_path: Path) -> None:
    settings = load_settings({}, instance=tmp_path)
    assert where_it_answers(settings) == settings.base_url
    with (tmp_path / SERVE_LOCK).open("w", encoding="utf-8") as lock:
        lock.write("http://127.0.0.1:8003")
        lock.flush()
        assert where_it_answers(settings) == settings.base_url
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert where_it_answers(settings) == "http://127.0.0.1:8003"
