"""A survey is made by the team: saved in versions, asked once it is published, never changed behind anybody's back."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.surveys import BadSurvey, template
from server.flows.decide import decide, decisions
from server.flows.make_survey import NoSuchSurvey, NotNow, Overtaken, make, publish, put, restore, save, slug_from
from server.services import Services
from server.store import survey_versions, surveys
from server.store.scope import SiteScope
from server.store.tables import Site, SurveyRow

pytestmark = pytest.mark.both_databases

CSAT = template("csat", "Harbour")


def row(services: Services, site: Site, id: int) -> SurveyRow:
    with services.db.reading() as db:
        found = survey_versions.get(SiteScope(db, site.id), id)
        assert found
        return found


def asked(services: Services, site: Site) -> dict[str, str]:
    """What is asked now: the name of each survey by its slug."""
    with services.db.reading() as db:
        return {survey.slug: survey.survey.name for survey in surveys.live(SiteScope(db, site.id))}


def history(services: Services, site: Site, id: int) -> list[tuple[str, str, str]]:
    with services.db.reading() as db:
        return [(c.what, c.detail, c.made_by) for c in survey_versions.changes(SiteScope(db, site.id), id)]


def numbers(services: Services, site: Site, id: int) -> list[tuple[int, str]]:
    with services.db.reading() as db:
        return [(v.number, v.made_by) for v in survey_versions.versions(SiteScope(db, site.id), id)]


def test_a_draft_is_asked_once_it_is_published(services: Services, site: Site) -> None:
    made = make(services, site.id, CSAT, "Mia")
    assert (made.slug, made.state) == ("csat", "draft")
    assert asked(services, site) == {"nps": "NPS"}
    assert publish(services, site.id, made.id, "Mia") == 1
    assert asked(services, site) == {"nps": "NPS", "csat": "CSAT"}


def test_what_is_saved_is_a_draft_beside_what_is_asked(services: Services, site: Site) -> None:
    id = make(services, site.id, CSAT, "Mia").id
    publish(services, site.id, id, "Mia")
    assert save(services, site.id, id, {**CSAT, "name": "Delivery"}, "Tom").number == 2
    assert asked(services, site)["csat"] == "CSAT"
    publish(services, site.id, id, "Mia")
    assert asked(services, site)["csat"] == "Delivery"
    assert numbers(services, site, id) == [(2, "Tom"), (1, "Mia")]


def test_saving_the_same_makes_no_version(services: Services, site: Site) -> None:
    id = make(services, site.id, CSAT, "Mia").id
    assert save(services, site.id, id, dict(CSAT), "Tom").number == 1


def test_paused_resumed_and_closed_by_whom(services: Services, site: Site) -> None:
    id = make(services, site.id, CSAT, "Mia").id
    publish(services, site.id, id, "Mia")
    for state in ("paused", "live", "closed"):
        put(services, site.id, id, state, "Tom")
        assert ("csat" in asked(services, site)) == (state == "live")
    assert history(services, site, id) == [
        ("closed", "", "Tom"), ("resumed", "", "Tom"), ("paused", "", "Tom"), ("published", "1", "Mia"),
    ]  # fmt: skip


def test_a_draft_can_be_neither_paused_nor_resumed(services: Services, site: Site) -> None:
    id = make(services, site.id, CSAT, "Mia").id
    with pytest.raises(NotNow, match="publish it first"):
        put(services, site.id, id, "live", "Mia")


def test_who_was_overtaken_is_told_by_whom_and_nothing_is_lost(services: Services, site: Site) -> None:
    id = make(services, site.id, CSAT, "Mia").id
    save(services, site.id, id, {**CSAT, "name": "Hers"}, "Mia", since=1)
    with pytest.raises(Overtaken, match="Mia saved version 2"):
        save(services, site.id, id, {**CSAT, "name": "His"}, "Tom", since=1)
    with pytest.raises(Overtaken):
        publish(services, site.id, id, "Tom", number=1)
    assert save(services, site.id, id, {**CSAT, "name": "His"}, "Tom", since=2).number == 3


def test_an_old_version_comes_back_as_a_new_one(services: Services, site: Site) -> None:
    id = make(services, site.id, CSAT, "Mia").id
    save(services, site.id, id, {**CSAT, "name": "Worse"}, "Tom")
    back = restore(services, site.id, id, 1, "Mia")
    assert (back.number, back.definition["name"]) == (3, "CSAT")
    with pytest.raises(NoSuchSurvey):
        restore(services, site.id, id, 9, "Mia")


def test_a_slug_belongs_to_one_survey_of_a_site(services: Services, site: Site) -> None:
    assert make(services, site.id, template("nps", "Harbour"), "Mia").slug == "nps-2"
    assert make(services, site.id, template("nps", "Harbour"), "Mia").slug == "nps-3"
    with pytest.raises(BadSurvey, match="slug nps belongs to another"):
        make(services, site.id, CSAT, "Mia", slug="nps")
    id = make(services, site.id, CSAT, "Mia").id
    with pytest.raises(BadSurvey, match="slug nps belongs to another"):
        save(services, site.id, id, CSAT, "Mia", slug="nps")
    for slug in ("Post Call", "-a", "a" * 61, "ä"):
        with pytest.raises(BadSurvey, match="small letters"):
            save(services, site.id, id, CSAT, "Mia", slug=slug)


def test_the_rules_of_a_survey_go_with_its_new_slug(services: Services, site: Site) -> None:
    id = make(services, site.id, CSAT, "Mia").id
    decide(services, site.id, {"rest_days": 5, "surveys": {"csat": {"rest_days": 1}}}, "Mia")
    save(services, site.id, id, CSAT, "Tom", slug="delivery")
    latest = decisions(services, site.id)[0]
    assert latest.document == {"rest_days": 5, "surveys": {"delivery": {"rest_days": 1}}}
    assert latest.made_by == "Tom"
    assert history(services, site, id) == [("renamed", "csat", "Tom")]


@pytest.mark.parametrize(
    ("definition", "complaint"),
    [
        ([], "JSON object"),
        ({"questions": []}, "at least one question"),
        ({**CSAT, "name": "half \ud83d"}, "no JSON can keep"),
        ({**CSAT, "ours": float("nan")}, "no JSON can keep"),
        ({**CSAT, "filler": "x" * 300_000}, "at most 256 KiB"),
        ({"questions": [{"kind": "nps", "text": {"en": "Fine", "de": "x" * 2001}}]}, "at most 2000 characters"),
    ],
)
def test_what_is_no_survey_is_not_kept(services: Services, site: Site, definition: Any, complaint: str) -> None:
    with pytest.raises(BadSurvey, match=complaint):
        make(services, site.id, definition, "Mia")


def test_words_that_we_do_not_know_are_kept(services: Services, site: Site) -> None:
    id = make(services, site.id, {**CSAT, "look": {"shape": "bar"}, "ours": [1]}, "Mia").id
    with services.db.reading() as db:
        newest = survey_versions.newest(SiteScope(db, site.id), id)
    assert newest
    assert (newest.definition["look"], newest.definition["ours"]) == ({"shape": "bar"}, [1])


def test_a_survey_of_another_site_is_not_there(services: Services, site: Site) -> None:
    with pytest.raises(NoSuchSurvey):
        save(services, site.id + 1, row(services, site, 1).id, CSAT, "Mia")


@pytest.mark.parametrize(("name", "slug"), [("After a call!", "after-a-call"), ("???", "survey"), ("Ü" * 80, "survey")])
def test_a_slug_is_made_of_a_name(name: str, slug: str) -> None:
    assert slug_from(name) == slug
