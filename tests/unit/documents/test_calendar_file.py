"""Calendar files are read back by the rules of RFC 5545, whatever people typed in a title."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ptce_aap.documents.calendar_file import Event, calendar_file

CHANGED = datetime(2015, 3, 1, 9, 0, tzinfo=UTC)
CLOSING = datetime(2015, 6, 30, 21, 59, tzinfo=UTC)


def read(text: str) -> list[dict[str, str]]:
    """Read the events as the standard says: lines unfolded, values unescaped; each property once."""
    raw = text.encode()
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    events: list[dict[str, str]] = []
    where: list[str] = []
    for line in text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n"):
        name, separator, value = line.partition(":")
        assert separator, line
        if name == "BEGIN":
            where.append(value)
            events += [{}] if value == "VEVENT" else []
        elif name == "END":
            assert where.pop() == value
        elif where[-1] == "VEVENT":
            assert name not in events[-1]
            events[-1][name] = unescaped(value)
        elif where[-1] == "VALARM":
            events[-1][f"ALARM-{name}"] = unescaped(value)
    assert where == []
    return events


def unescaped(value: str) -> str:
    read, signs = "", iter(value)
    for sign in signs:
        if sign != "\\":
            read += sign
            continue
        following = next(signs)
        assert following in "\\;,nN", value
        read += "\n" if following in "nN" else following
    return read


def file_of(*events: Event, name: str = "PTCE") -> str:
    return calendar_file(name, events, changed_at=CHANGED, sequence=3)


def test_an_instant_a_day_and_an_alarm_are_read_back() -> None:
    closing = Event(
        "cloture.ptce@aap.example.org",
        "Clôture des dépôts – Élan coopératif",
        CLOSING,
        CLOSING + timedelta(seconds=59),
        "Décision : été 2015\nLauréats : automne",
        "https://aap.example.org/appels/ptce",
        remind=timedelta(days=1),
    )
    first, second = read(file_of(closing, Event("silence@x", "Rejet implicite", date(2015, 10, 30))))
    assert first == {
        "UID": "cloture.ptce@aap.example.org",
        "DTSTAMP": "20150301T090000Z",
        "SEQUENCE": "3",
        "SUMMARY": closing.summary,
        "DTSTART": "20150630T215900Z",
        "DTEND": "20150630T215959Z",
        "DESCRIPTION": closing.description,
        "URL": closing.url,
        "TRANSP": "TRANSPARENT",
        "ALARM-ACTION": "DISPLAY",
        "ALARM-DESCRIPTION": closing.summary,
        "ALARM-TRIGGER": "-PT1440M",
    }
    assert second["DTSTART;VALUE=DATE"] == "20151030"


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_title_is_read_back_and_adds_no_property(title: str, told: str) -> None:
    [event] = read(file_of(Event("u@x", f"Dossier {title}", CLOSING, description=f"Suite {told}"), name=title))
    assert set(event) == {"UID", "DTSTAMP", "SEQUENCE", "SUMMARY", "DTSTART", "DESCRIPTION", "TRANSP"}
    assert event["SUMMARY"] == f"Dossier {shown(title)}"
    assert event["DESCRIPTION"] == f"Suite {shown(told)}"


def shown(text: str) -> str:
    """What is left of a text: its line breaks as one sign, other control signs as blanks."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(" " if sign != "\n" and sign != "\t" and (sign < " " or sign == "\x7f") else sign for sign in lines)
