"""The public register: what is read of its answer, and every way in which it may not answer."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from ptce_aap import definitions
from ptce_aap.config import BadSettings, load_settings
from ptce_aap.domain.registers import Fact
from ptce_aap.registers import NoRegister, RegisterSilent, SearchApi, UnknownNumber, open_register
from tests.registers import KNOWN, FakeRegister, register_at

CALL = definitions.load_call("ptce-2015")
FILE = "forms/ptce-2015/registre.v1.toml"


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeRegister]:
    with register_at() as server:
        yield server


def test_a_known_number_gives_its_facts_on_one_line_each(fake: FakeRegister) -> None:
    fake.mode = "well"
    assert SearchApi(fake.url).look_up(KNOWN) == {
        Fact.NAME: "LES ATELIERS DU CANAL",
        Fact.LEGAL_FORM: "9220",
        Fact.SEAT: "00000001800010",
        Fact.STREET: "12 QUAI DU CANAL",
        Fact.POSTCODE: "59000",
        Fact.COMMUNE: "59350",
        Fact.ASSOCIATION: "W751234567",
        Fact.STATE: "A",
        Fact.CREATED: "2011-03-08",
    }
    assert fake.asked[-1] == f"/api/search?q={KNOWN}&page=1&per_page=1"


@pytest.mark.parametrize("mode", ["well", "another"])
def test_a_number_that_it_does_not_know_is_unknown_even_where_it_tells_of_another(fake: FakeRegister, mode) -> None:
    fake.mode = mode
    with pytest.raises(UnknownNumber):
        SearchApi(fake.url).look_up("000234567")


def test_facts_that_are_no_texts_are_left_out(fake: FakeRegister) -> None:
    fake.mode = "strange"
    assert SearchApi(fake.url).look_up(KNOWN) == {}


@pytest.mark.parametrize("mode", ["garbage", "shape", "huge", "deep", "broken", "busy", "cut", "elsewhere"])
def test_an_answer_that_cannot_be_used_is_a_silence(fake: FakeRegister, mode: str) -> None:
    fake.mode = mode
    asked = len(fake.asked)
    with pytest.raises(RegisterSilent):
        SearchApi(fake.url, deadline=1).look_up(KNOWN)
    # Redirections are refused, and nothing is asked twice.
    assert len(fake.asked) == asked + 1


@pytest.mark.parametrize("mode", ["slow", "drops"])
def test_its_slowness_is_bounded_as_a_whole(fake: FakeRegister, mode: str) -> None:
    fake.mode = mode
    began = time.monotonic()
    with pytest.raises(RegisterSilent):
        SearchApi(fake.url, deadline=0.3).look_up(KNOWN)
    assert time.monotonic() - began < 1.2


def test_nobody_at_the_address_is_a_silence() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(RegisterSilent):
        SearchApi(f"http://127.0.0.1:{port}", deadline=0.5).look_up(KNOWN)


def test_a_register_that_hangs_keeps_few_requests_waiting(fake: FakeRegister) -> None:
    fake.mode = "slow"
    api, ended = SearchApi(fake.url, deadline=0.6), []

    def ask() -> None:
        began = time.monotonic()
        with pytest.raises(RegisterSilent):
            api.look_up(KNOWN)
        ended.append(time.monotonic() - began)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken > 0.3 for taken in ended) == 2


def test_without_an_address_nothing_is_asked_of_anybody() -> None:
    register = open_register(None)
    assert isinstance(register, NoRegister)
    assert not register.available
    with pytest.raises(RegisterSilent):
        register.look_up(KNOWN)
    assert load_settings({}, instance=None).register_url is None


@pytest.mark.parametrize("url", ["ftp://r.example", "http://", "https://a:b@r.example", "https://r.example?x=1"])
def test_an_address_that_is_not_plainly_one_is_refused_at_start(url: str, tmp_path) -> None:
    with pytest.raises(BadSettings, match="PTCE_REGISTER_URL"):
        load_settings({"PTCE_REGISTER_URL": url}, instance=tmp_path)


def test_the_call_says_which_fields_a_register_fills_and_how_its_codes_read() -> None:
    completion = CALL.completion_of("identification.porteur")
    assert completion is not None
    forms = {field.question.key: field for field in completion.fields}
    legal = forms["forme_juridique"]
    codes = {code: legal.proposed({Fact.LEGAL_FORM: code}) for code in ("9220", "9223", "5458", "5499", "7346", "9900")}
    assert codes == {
        "9220": "association",
        "9223": "groupement_employeurs",
        "5458": "scop",
        "5499": "societe_commerciale",
        "7346": "epci",
        "9900": None,
    }
    # What the field would refuse is not proposed.
    assert forms["siret"].proposed({Fact.SEAT: "12345678901234"}) is None


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("porteur.siren", "porteur.siret", "numero"),
        ('cle = "rna"', 'cle = "rnb"', "cle"),
        ('donnee = "voie"', 'donnee = "rue"', "donnee"),
        ('valeur = "scop"', 'valeur = "skop"', "correspondances"),
        ('correspondances = "formes"', 'correspondances = "statuts"', "correspondances"),
    ],
)
def test_a_wrong_declaration_is_told_with_its_key(old: str, new: str, key: str) -> None:
    with pytest.raises(definitions.BadDefinition) as caught:
        definitions.parse_sources({**CALL.sources, FILE: CALL.sources[FILE].replace(old, new, 1)})
    problem = caught.value.problems[0]
    assert problem.file == FILE
    assert problem.key.rpartition(".")[2] == key
