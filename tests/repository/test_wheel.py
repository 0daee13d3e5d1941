"""The wheel, installed in an environment of its own, holds everything that the application needs."""

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Run by the environment's Python from the root of the file system: only the wheel can answer.
QUESTIONS = """
import json, sys
from pathlib import Path
import ptce_aap
from ptce_aap import definitions, migrations, resources
from ptce_aap.app import create_app
from ptce_aap.config import load_settings
from ptce_aap.database import Database
from ptce_aap.definitions.loading import call_names, check_call

settings = load_settings({}, instance=Path(sys.argv[1]))
database = Database(settings.database_url)
migrations.upgrade(database)
client = create_app(settings, database=database).test_client()
package = Path(ptce_aap.__file__).parent
print(json.dumps({
    "package": str(package),
    "shipped": [str(resources.shipped(name).parent) for name in ("forms", "scoring", "templates")],
    "statuses": {path: client.get(path).status_code for path in ("/", "/sante", "/static/app.css")},
    "title": "<title>" in client.get("/").text,
    "problems": {name: [str(problem) for problem in check_call(name)] for name in call_names()},
    "files": sorted(path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()),
}))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """A new environment that holds the wheel, and finds its dependencies where this one has them."""
    folder = tmp_path_factory.mktemp("wheel")
    quiet = {"cwd": ROOT, "check": True, "stdout": subprocess.DEVNULL}
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], **quiet)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], **quiet)
    [wheel], python = folder.glob("*.whl"), folder / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--python", python]
    subprocess.run([*pip, "install", "--no-deps", "--no-index", wheel], **quiet)
    [packages] = (folder / "venv").glob("lib/python*/site-packages")
    # A folder added by a .pth file does not have its own .pth files read: the checkout stays out of sight.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "venv"


@pytest.fixture(scope="module")
def answers(environment, tmp_path_factory):
    done = subprocess.run(
        [environment / "bin" / "python", "-I", "-c", QUESTIONS, tmp_path_factory.mktemp("instance")],
        cwd="/",
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


def test_the_installed_package_answers_from_its_own_files(answers, environment):
    assert answers["package"].startswith(str(environment))
    assert set(answers["shipped"]) == {answers["package"]}


def test_it_serves_a_page_with_its_templates_and_its_style(answers):
    assert answers["statuses"] == {"/": 200, "/sante": 200, "/static/app.css": 200}
    assert answers["title"]


def test_it_reads_every_definition_without_a_problem(answers):
    shipped = sorted(path.name for path in (ROOT / "forms").iterdir() if path.is_dir())
    assert answers["problems"] == {name: [] for name in shipped}


def test_it_holds_every_data_file_of_the_checkout(answers):
    versioned = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True).stdout.split("\0")
    wanted = [name for name in versioned if name.startswith(("forms/", "scoring/", "templates/", "docs/verifier/"))]
    wanted += [name.removeprefix("ptce_aap/") for name in versioned if name.startswith("ptce_aap/")]
    assert sorted(set(wanted) - set(answers["files"])) == []


def test_its_command_speaks_from_anywhere(environment, tmp_path):
    done = subprocess.run(
        [environment / "bin" / "ptce-aap", "form", "schema", "ptce-2015"],
        cwd="/",
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "PTCE_INSTANCE": str(tmp_path)},
    )
    assert json.loads(done.stdout)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
