"""Logs are lines of JSON that say what broke and where, never what people typed."""

import json
import subprocess
import sys

PROGRAM = """
import logging, structlog
from ptce_aap.entry import logs
logs.configure("web")
structlog.get_logger("ptce_aap.test").info("effect_done", kind="mail")
structlog.get_logger("ptce_aap.test").debug("unseen")
logging.getLogger("somebody").info("unseen")
try:
    raise ValueError("Pôle secret du Val")
except ValueError:
    logging.getLogger("flask").exception("Exception on /candidature")
    structlog.get_logger("ptce_aap.test").exception("job_broke")
"""


def test_each_line_is_an_object_without_the_text_of_errors():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(line["event"], line["level"], line["process"]) for line in lines] == [
        ("effect_done", "info", "web"),
        ("Exception on /candidature", "error", "web"),
        ("job_broke", "error", "web"),
    ]
    assert [line.get("exception") for line in lines] == [None, "ValueError", "ValueError"]
    assert lines[1]["at"] == lines[2]["at"] == ["<string>:9 <module>"]
    assert "secret" not in done.stderr
