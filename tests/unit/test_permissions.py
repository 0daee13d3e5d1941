"""The table of rights: who opens which room, when an act is open, and what a conflict closes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pytest

from ptce_aap.domain.calendar import Calendar
from ptce_aap.domain.permissions import (
    PERIOD_LABELS,
    POLICY,
    RELATION_LABELS,
    RIGHTS,
    ROLE_LABELS,
    ROLE_OF,
    Actor,
    Deed,
    Grant,
    Kind,
    Period,
    Permission,
    Relation,
    Role,
    Scope,
    conflict_closes,
    is_open,
    line_of,
    period_of,
    reached,
)

OPENS = datetime(2015, 4, 20, 22, tzinfo=UTC)
CLOSES = datetime(2015, 6, 30, 22, tzinfo=UTC)
CALENDAR = Calendar(OPENS, CLOSES)
TICK = timedelta(microseconds=1)
HERE = Relation.CORRESPONDENT_HERE
ONE_ACT_EACH = (
    (Period.INSTRUCTION, {}),
    (Period.JURY, {"marking_opened_at": CLOSES}),
    (Period.DELIBERATION, {"marking_closed_at": CLOSES}),
    (Period.FROZEN, {"frozen_at": CLOSES}),
    (Period.PUBLISHED, {"published_at": CLOSES}),
)


@pytest.mark.target("SEC-44")
def test_a_call_goes_through_its_periods_by_its_calendar_then_by_acts() -> None:
    found = [period_of(CALENDAR, at) for at in (OPENS - TICK, OPENS, CLOSES - TICK, CLOSES)]
    assert found == [Period.ANNOUNCED, Period.OPEN, Period.OPEN, Period.INSTRUCTION]
    calendar = CALENDAR
    for period, done in ONE_ACT_EACH:
        calendar = replace(calendar, **done)
        assert (period_of(calendar, CLOSES), reached(calendar)) == (period, period)
        assert period_of(calendar, CLOSES - TICK) is Period.OPEN


def test_filing_opens_with_the_opening_and_ends_before_the_closing() -> None:
    answers = [
        is_open(Deed.FILE_DOSSIER, period_of(CALENDAR, at)) for at in (OPENS - TICK, OPENS, CLOSES - TICK, CLOSES)
    ]
    assert answers == [False, True, True, False]


def test_correspondents_read_after_the_closing_unless_the_call_says_from_the_deposit() -> None:
    for period, chosen, opens in (
        (Period.OPEN, False, False),
        (Period.OPEN, True, True),
        (Period.INSTRUCTION, False, True),
        (Period.ANNOUNCED, True, False),
    ):
        assert is_open(Deed.READ_INSTRUCTED, period, HERE, chosen=chosen) is opens
    for chosen in (False, True):
        assert not is_open(Deed.READ_INSTRUCTED, Period.INSTRUCTION, Relation.CORRESPONDENT_ELSEWHERE, chosen=chosen)


def test_every_act_has_one_line_and_every_line_is_open_to_somebody_at_some_time() -> None:
    assert sorted(line.deed for line in RIGHTS) == sorted(Deed)
    for line in RIGHTS:
        assert line.open_to, line.deed
        assert all([*line.open_to.values(), *line.choice.values()]), line.deed
        assert set(line.choice) <= set(line.open_to), line.deed
        assert line_of(line.deed) is line


def test_every_line_says_whether_it_reads_or_writes_what_it_touches_and_its_room_unless_it_is_public() -> None:
    for line in RIGHTS:
        assert (type(line.kind), type(line.scope)) == (Kind, Scope), line.deed
        assert (line.room is None) is (line.scope is Scope.PUBLIC), line.deed
        assert line.room is None or type(line.room) is Permission, line.deed
        assert all(type(text) is str and text == text.strip() for text in (line.words, line.note)), line.deed
        opened = [*line.open_to.items(), *line.choice.items()]
        assert {type(relation) for relation, _ in opened} == {Relation}, line.deed
        assert {type(period) for _, periods in opened for period in periods} == {Period}, line.deed


@pytest.mark.parametrize("words", [Period, Role, Permission, Relation, Scope, Kind, Deed])
def test_the_words_of_the_table_are_written_as_they_are_named(words: type[StrEnum]) -> None:
    assert [one.value for one in words] == [one.name.lower() for one in words]


def test_readers_know_every_role_relation_and_period_by_words_of_its_own() -> None:
    for labels, words in ((ROLE_LABELS, Role), (RELATION_LABELS, Relation), (PERIOD_LABELS, Period)):
        assert list(labels) == list(words)
        assert len(set(labels.values())) == len(labels)
    short = [label for label in ROLE_LABELS.values() if " " not in label]
    assert short == ["Candidature", "Jury", "Audit"]


def test_every_room_is_opened_by_an_act_and_to_the_roles_of_that_act_alone() -> None:
    assert frozenset().union(*POLICY.values()) == set(Permission)
    for role, rooms in POLICY.items():
        for room in rooms:
            acts = [line for line in RIGHTS if line.room is room]
            assert any(ROLE_OF[relation] is role for line in acts for relation in line.open_to), (role, room)


_OF_ONESELF = {Deed.DECLARE_CONFLICT, Deed.ASK_OWN_CORRECTION}


def test_the_auditor_and_whoever_only_visits_write_nothing_of_a_call() -> None:
    of_a_call = {Scope.OWN, Scope.LISTED, Scope.DOSSIER, Scope.CALL, Scope.STANDINGS, Scope.SHEETS}
    for line in RIGHTS:
        # What the auditor declares is about himself, and closes something to him.
        if line.kind is Kind.WRITE and line.scope in of_a_call and line.deed not in _OF_ONESELF:
            assert not {Relation.AUDITOR, Relation.VISITOR, Relation.ADMIN} & set(line.open_to), line.deed


def test_the_administration_of_accounts_reads_no_dossier() -> None:
    secret = {Scope.OWN, Scope.LISTED, Scope.DOSSIER, Scope.CALL, Scope.STANDINGS, Scope.SHEETS}
    assert [line.deed for line in RIGHTS if Relation.ADMIN in line.open_to and line.scope in secret] == []


@pytest.mark.parametrize("period", list(Period))
def test_a_conflict_closes_the_dossier_always_and_the_line_until_publication(period: Period) -> None:
    closed = {scope for scope in Scope if conflict_closes(scope, period)}
    until = set() if period is Period.PUBLISHED else {Scope.STANDINGS}
    assert closed == {Scope.DOSSIER, Scope.SHEETS} | until
    assert {conflict_closes(scope, period) for scope in set(Scope) - closed} == {False}


def test_a_role_on_one_call_opens_nothing_on_another() -> None:
    actor = Actor(1, "a", "A", "a@example.org", frozenset({Grant(Role.TEAM, call_id=3), Grant(Role.ADMIN)}))
    assert actor.may(Permission.MANAGE_CALL, 3)
    assert not actor.may(Permission.MANAGE_CALL, 4)
    assert not actor.may(Permission.MANAGE_CALL, None)
    assert actor.may_somewhere(Permission.MANAGE_CALL)
    assert actor.may(Permission.MANAGE_PEOPLE, 4)
    assert actor.roles_on(4) == {Role.APPLICANT, Role.ADMIN}


def test_who_was_given_nothing_is_an_applicant_everywhere_and_nothing_else() -> None:
    nobody = Actor(1, "a", "A", "a@example.org")
    assert nobody.grants == frozenset()
    assert nobody.roles_on(3) == nobody.roles_on(None) == {Role.APPLICANT}
    rooms = {room for room in Permission if nobody.may_somewhere(room)}
    assert rooms == POLICY[Role.APPLICANT] == {room for room in Permission if nobody.may(room, 3)}


def test_a_correspondent_instructs_the_regions_of_his_grants_on_that_call_or_on_all() -> None:
    grants = (
        Grant(Role.CORRESPONDENT, call_id=3, region="11"),
        Grant(Role.CORRESPONDENT, region="24"),
        Grant(Role.CORRESPONDENT, call_id=4, region="27"),
        Grant(Role.CORRESPONDENT, call_id=3),
        Grant(Role.JUROR, call_id=3, region="28", seat="un siège"),
    )
    actor = Actor(1, "a", "A", "a@example.org", frozenset(grants))
    assert [actor.regions_on(call) for call in (3, 4, 5)] == [{"11", "24"}, {"24", "27"}, {"24"}]
    assert actor.grants_on(5) == {grants[1]}
    plain = Grant(Role.TEAM)
    assert (plain.call_id, plain.region, plain.seat) == (None, None, None)
