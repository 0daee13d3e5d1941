"""``ptce-aap form schema`` prints the schema of a call's dossier, or one sentence."""

from __future__ import annotations

import json

import pytest

from ptce_aap import cli
from ptce_aap.definitions import load_call
from ptce_aap.definitions.schema import DIALECT, dossier_schema


def test_the_schema_is_one_json_document_with_sorted_keys(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["form", "schema", "ptce-2015", "--format", "json"]) == 0
    printed = capsys.readouterr()
    document = json.loads(printed.out)
    assert document == dossier_schema(load_call("ptce-2015").questionnaire, "ptce-2015")
    assert document["$schema"] == DIALECT
    assert list(document["properties"]["answers"]["properties"]) == sorted(
        stage.key for stage in load_call("ptce-2015").questionnaire.stages
    )
    assert "Identification du pôle" in printed.out
    assert printed.err == ""


def test_an_unknown_call_is_told_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["form", "schema", "ptce-1900"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "ptce-1900" in printed.err
    assert printed.err.count("\n") == 1
