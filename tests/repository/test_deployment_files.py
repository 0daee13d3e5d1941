"""The files given to whoever installs the application in production are true of the application as it is."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from ptce_aap.app import create_app
from ptce_aap.config import KEYS, load_settings
from ptce_aap.entry.command import group
from ptce_aap.entry.worker import ONLY
from ptce_aap.web.reception import HEADER
from tests.bundles import ROOT

GUIDE = ROOT / "docs" / "deploiement.md"
FILES = ROOT / "docs" / "deploiement"
UNITS = sorted((FILES / "systemd").iterdir())
NGINX = (FILES / "nginx-ptce-aap.conf").read_text(encoding="utf-8")
PROGRAM = "/srv/ptce-aap/actuelle/.venv/bin/"


def read(path: Path) -> configparser.RawConfigParser:
    class Several(dict):
        """Keys of a unit may stand several times: their values are kept one a line."""

        def __setitem__(self, key: str, value: object) -> None:
            if key in self and isinstance(value, list):
                self[key].extend(value)
            else:
                super().__setitem__(key, value)

    parser = configparser.RawConfigParser(dict_type=Several, strict=False, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment]
    parser.read_string(path.read_text(encoding="utf-8"))
    return parser


def settings_of(name: str) -> dict[str, str]:
    lines = (FILES / name).read_text(encoding="utf-8").splitlines()
    return dict(re.fullmatch(r"#?([A-Z_]+)='(.*)'", line).groups() for line in lines if re.match(r"#?[A-Z_]+=", line))


def test_the_guide_names_every_file_and_every_file_is_there() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    there = {str(path.relative_to(ROOT / "docs")) for path in FILES.rglob("*") if path.is_file()}
    named = {name for name in re.findall(r"\]\((deploiement/[^)#]+)\)", guide) if (ROOT / "docs" / name).is_file()}
    assert there == named


def test_the_example_of_settings_names_settings_that_exist_and_holds_no_secret() -> None:
    given = settings_of("ptce-aap.env.exemple")
    # Where gunicorn listens is said elsewhere; the rest keeps its default.
    elsewhere = {"PTCE_HOST", "PTCE_PORT", "PTCE_DEFINITIONS", "PTCE_PROCONNECT_STRONG"}
    assert {key for key in given if not key.startswith("AWS_")} == {*KEYS} - elsewhere
    for key in ("PTCE_SECRET_KEY", "PTCE_JOURNAL_KEY", "AWS_SECRET_ACCESS_KEY", "PTCE_PROCONNECT_CLIENT_SECRET"):
        assert given[key] == ""
    for value in given.values():
        assert re.sub(r"MOT-DE-PASSE", "", value) == value or ":MOT-DE-PASSE@" in value


def test_the_settings_of_the_example_are_accepted_once_filled_in(tmp_path: Path) -> None:
    given = {**settings_of("ptce-aap.env.exemple"), "PTCE_SECRET_KEY": "0" * 64, "PTCE_JOURNAL_KEY": "1" * 64}
    given |= {"PTCE_PROCONNECT_CLIENT_ID": "essai", "PTCE_PROCONNECT_CLIENT_SECRET": "2" * 32}
    del given["PTCE_TSA_CA"], given["PTCE_SECRET_KEY_FALLBACKS"]
    settings = load_settings(given, instance=tmp_path)
    assert settings.public
    assert settings.proxies == ("unix",)
    assert settings.proxies_date


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_a_command_that_exists_with_the_settings_of_the_installation(unit: Path) -> None:
    found = read(unit)
    if unit.suffix != ".service":
        assert found.has_section("Install")
        return
    service = found["Service"]
    for command in service["ExecStart"].splitlines():
        assert PROGRAM in command
        words = command.partition(PROGRAM)[2].replace("%i", "common").replace("'", "").split()
        if words[0] == "gunicorn":
            assert words[1:] == ["--config", "/etc/ptce-aap/gunicorn.conf.py"]
            continue
        assert words[0] == "ptce-aap"
        named = group.commands[words[1]]
        assert not isinstance(named, click.Group) or words[2] in named.commands
    assert service["User"] == "ptce-aap"
    assert service["EnvironmentFile"] == "/etc/ptce-aap/ptce-aap.env"
    assert service["UMask"] == "0077"
    assert service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""


def test_the_target_starts_the_pages_the_relay_and_a_worker_of_each_kind() -> None:
    wanted = " ".join(read(FILES / "systemd" / "ptce-aap.target")["Unit"]["Wants"].splitlines()).split()
    workers = {f"ptce-aap-worker@{kind}.service" for kind in ONLY}
    assert {*wanted} == {"ptce-aap-web.service", "ptce-aap-relay.service", *workers}


def test_systemd_reads_the_units_without_a_remark(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not on this machine")
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace(PROGRAM + "ptce-aap", "/bin/true")
        name = unit.name.replace("@", "@common")
        (tmp_path / name).write_text(text.replace(PROGRAM + "gunicorn", "/bin/true"), encoding="utf-8")
    units = sorted(tmp_path.iterdir())
    said = subprocess.run([program, "verify", "--man=no", *units], capture_output=True, text=True, check=False)
    ours = [line for line in (said.stdout + said.stderr).splitlines() if "ptce-aap" in line]
    assert ours == []
    for unit in units:
        if unit.suffix == ".service":
            command = [program, "security", "--offline=true", "--threshold=30", unit]
            judged = subprocess.run(command, capture_output=True, text=True, check=False)
            assert judged.returncode == 0, judged.stdout


@pytest.mark.target("SEC-29")
def test_no_personal_link_is_written_whole_in_the_log_of_nginx(tmp_path: Path) -> None:
    (mask,) = re.findall(r'"~\*(\(\?s\)\^\(\?<ptce_link>.*?\))" "\$\{ptce_link\}\*\*\*";', NGINX)
    masked = re.compile(mask.replace("(?<", "(?P<"), re.IGNORECASE)  # as « ~* » says
    rules = create_app(load_settings({}, instance=tmp_path)).url_map.iter_rules()
    links = [rule.rule for rule in rules if "token" in rule.arguments]
    assert len(links) >= 6
    for link in links:
        found = masked.match(link)
        assert found is not None, link
        assert found["ptce_link"] == link.partition("<token>")[0]
        for spoiled in (link.title(), f"/x{link}", f"/\n{link}", link.replace("/<", ";/<")):
            found = masked.match(spoiled)
            assert found is not None, spoiled
            assert "<token>" not in found["ptce_link"].lower()
    assert masked.match("/compte/connexion") is None
    (form,) = re.findall(r"log_format ptce (.*?);", NGINX, re.DOTALL)
    assert not re.search(r"\$(request|request_uri|uri|args|query_string|http_\w+|cookie_\w+)\b", form)
    assert {*re.findall(r"access_log ([^;]+);", NGINX)} == {"/var/log/nginx/ptce-aap.log ptce", "off"}
    assert {*re.findall(r"error_log ([^;]+);", NGINX)} == {"/var/log/nginx/ptce-aap-erreurs.log crit"}


def test_nginx_overwrites_every_header_that_the_application_believes_of_it() -> None:
    said = dict(re.findall(r"proxy_set_header (\S+) (.+);", NGINX))
    assert said[HEADER] == '"$msec $request_time"'
    assert said["X-Forwarded-For"] == "$remote_addr"
    assert "proxy_request_buffering on;" in NGINX
    # A block that sets one header forgets those above it.
    for block in re.findall(r"location [^{]*\{(.*?)\}", NGINX, re.DOTALL):
        assert "proxy_set_header" not in block
