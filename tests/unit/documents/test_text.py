"""What people typed is printed as they typed it: no markup, no file read, no document broken, no long wait."""

import io
import random
import sys
import time
import unicodedata

import pytest
from pypdf import PdfReader
from reportlab.platypus import Flowable, SimpleDocTemplate

from ptce_aap.documents import fonts, style, text

HOSTILE = [
    "<img src=/etc/passwd>",
    '<img src="/dev/zero"/>',
    "<a href=javascript:alert(1)>cliquer</a>",
    "</b>",
    "hello <b",
    "&#x110000;",
    "&amp; &lt;b&gt; &nbsp;",
    "<onDraw name='x'/>",
    "<font color=\"[[[__import__('os').system('id')]]]\">x</font>",
    "R&D",
    "Jean <jean@x.example>",
    "<<projet>>",
    "{{ 7*7 }} ${x} %s %(x)s",
    "<br/><br/><para>",
    "]]> <!-- x --> <?xml x?>",
]


def pdf(story: list[Flowable]) -> bytes:
    buffer = io.BytesIO()
    SimpleDocTemplate(buffer, invariant=1).build(story)
    return buffer.getvalue()


def read_back(data: bytes) -> str:
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).split())


def squeezed(value: str) -> str:
    return "".join(value.split())


@pytest.mark.parametrize("value", HOSTILE)
def test_markup_is_printed_as_it_was_typed(value: str) -> None:
    assert (
        read_back(pdf([*text.paragraphs(value, style.BODY), text.line("fin", style.BODY)])) == squeezed(value) + "fin"
    )
    assert read_back(pdf([text.line(value, style.BODY)])) == squeezed(value)


@pytest.mark.parametrize("value", HOSTILE)
def test_no_action_and_no_image_enters_the_document(value: str) -> None:
    data = pdf(text.paragraphs(value, style.BODY))
    assert b"/URI" not in data
    assert all(not page.images for page in PdfReader(io.BytesIO(data)).pages)


def test_fifteen_hundred_strings_drawn_at_random_break_nothing_and_change_nothing() -> None:
    chance = random.Random(2015)
    alphabet = "abcéèàùçœŒÉ€<>&;\"'/#x[]{}=%$\\ \n\t\u00a0\u202f«»’–…²½°"
    values = ["".join(chance.choices(alphabet, k=chance.randint(0, 120))) for _ in range(1_500)]
    expected = "".join(squeezed(value) for value in values)
    story = [part for value in values for part in text.paragraphs(value, style.BODY)]
    assert read_back(pdf(story)) == expected


def test_any_code_point_at_all_can_be_printed() -> None:
    chance = random.Random(2016)
    values = ["".join(chr(chance.randrange(0x110000)) for _ in range(40)) for _ in range(300)]
    data = pdf([part for value in values for part in text.paragraphs(value, style.BODY)])
    assert data.startswith(b"%PDF")


def test_controls_direction_marks_and_lone_surrogates_are_left_out() -> None:
    assert text.drawn("a\x00b\u202ec\u200bd\ud800e\u00adf\ufeffg\x1b") == "abcdefg"


def test_accents_typed_apart_are_composed() -> None:
    assert text.drawn(unicodedata.normalize("NFD", "Pôle œuvré")) == "Pôle œuvré"


def test_a_character_that_the_typeface_lacks_is_named_by_its_code() -> None:
    assert text.drawn("Bravo 😀!") == "Bravo [U+1F600]!"
    assert text.drawn("漢字") == "[U+6F22 U+5B57]"


def test_the_typeface_draws_french() -> None:
    needed = "abcéèàùçâêîôûëïüÿœæŒÆÉÈÀÇ€«»’“”–—…·•°²³½×−≤≥→\u00a0\u202f"
    assert [c for c in needed if ord(c) not in fonts.drawable()] == []


def test_french_spaces_do_not_break_a_line() -> None:
    assert text.drawn("2\u202f700\u202f000\u00a0€") == "2\u00a0700\u00a0000\u00a0€"


def test_line_breaks_are_kept_and_blank_runs_become_one() -> None:
    shown = [part.frags[0].text for part in text.paragraphs("un\r\ndeux\n\n\n\ntrois\u2028quatre", style.BODY)]
    assert shown == ["un", "deux", "\u00a0", "trois", "quatre"]


def test_no_paragraph_is_longer_than_two_thousand_characters() -> None:
    value = "mutualiser " * 1_000 + "x" * 9_000
    shown = [part.frags[0].text for part in text.paragraphs(value, style.BODY)]
    assert max(map(len, shown)) <= text.LONGEST
    assert "".join(shown) == value


@pytest.mark.parametrize(
    "value",
    ["mutualiser " * 36_000, "x" * 400_000, "a\n" * 200_000, "\n" * 400_000, "&<" * 200_000, "😀" * 100_000],
    ids=["words", "one word", "short lines", "empty lines", "markup", "emoji"],
)
def test_four_hundred_kilobytes_in_one_field_take_seconds_at_most(value: str) -> None:
    started = time.process_time()
    pdf([*text.paragraphs(value, style.BODY), text.line(value, style.BODY)])
    assert time.process_time() - started < 6  # measured: under one second; the naive way takes minutes


def test_a_line_is_cut_with_a_visible_mark() -> None:
    assert text.line("mot " * 500, style.BODY, limit=40).frags[0].text == "mot mot mot mot mot mot m… [texte coupé]"
    assert text.fitted("Coopérative d’activité et d’emploi", fonts.REGULAR, 10, 60).endswith("…")
    assert fonts.width(text.fitted("W" * 900, fonts.BOLD, 10, 60), fonts.BOLD, 10) <= 60


def test_printing_opens_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    pdf(text.paragraphs("amorce", style.BODY))
    opened: list[object] = []
    listening = [True]

    def listen(event: str, args: tuple[object, ...]) -> None:
        if listening[0] and event in {"open", "socket.connect", "subprocess.Popen", "os.system"}:
            opened.append(args[0])

    sys.addaudithook(listen)
    pdf([part for value in HOSTILE for part in text.paragraphs(value, style.BODY)])
    listening[0] = False
    assert [name for name in opened if "/reportlab/" not in str(name) and "/documents/fonts/" not in str(name)] == []
