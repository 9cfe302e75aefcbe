"""What programs, hooks, workers and the clock do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from server.core.people import claims_of
from server.flows.deliver import deliver
from server.flows.invite import Wish, invite
from server.flows.keep_time import tick
from server.flows.sending.resolve import resolve
from server.flows.trigger import trigger
from tests.model.cast import HOUR, NAMES, PHONES, Open, dies, outcomes, pick, who
from tests.model.faults import Died
from tests.model.ledger import Contact, Name
from tests.model.observed import Observed


class Sends(Observed):
    """Mails, texts and links."""

    @rule(name=who, channel=st.sampled_from(["email", "sms"]), later=st.booleans(), left=dies)
    def a_program_invites(self, name: Name, channel: str, later: bool, left: int | None) -> None:
        claims = claims_of(email=name, phone=PHONES[name] if channel == "sms" else None)
        wish = Wish(claims, "", channel, HOUR if later else timedelta(0), True, {}, None)
        self.step(lambda parts: invite(parts, self.world.site.id, wish), left)

    @rule(name=who, channel=st.sampled_from(["email", "sms"]), outcome=outcomes, left=dies)
    def a_program_invites_and_it_goes(self, name: Name, channel: str, outcome: Any, left: int | None) -> None:
        before = len(self.line.ids)
        self.a_program_invites(name, channel, False, None)
        for id in self.line.ids[before:]:
            self.line.ids.remove(id)
            self.work(id, outcome, left)

    @rule(
        name=who,
        channel=st.sampled_from(["email", "sms", "link", "link"]),
        survey=st.sampled_from(["nps", "csat", "ces"]),
        left=dies,
        again=st.booleans(),
    )
    def a_hook_tells(self, name: Name, channel: str, survey: str, left: int | None, again: bool) -> None:
        self.told += 1
        person = {"email": name, **({"phone": PHONES[name]} if channel == "sms" else {})}
        body = {"person": person, "survey": survey, "channel": channel}
        hook = self.world.hook(f"m{self.told}", self.now + self.skew, body)
        said = self.step(lambda parts: trigger(parts, self.world.source.key, hook), left)
        if said is Died and again:
            said = self.step(lambda parts: trigger(parts, self.world.source.key, hook))
        if said is Died and channel == "link":
            self.perhaps_handed_out(name, survey)
        elif said is not Died and said.get("link"):
            ticket = said["invitation"]
            self.asked(Open(ticket, said["link"].rsplit("/", 1)[1], name, survey, "link", self.now, by_mail=True))
        elif said is not Died and channel == "link":
            self.held_for_a_reason(self.ledger.person(name), survey, channel, "", str(said["verdict"]))

    def perhaps_handed_out(self, name: Name, survey: str) -> None:
        """The help desk never got its reply. She saw nothing, and the ledger may think that she did."""
        contact = Contact(f"?{self.told}", "ask", "link", survey, self.now, self.ledger.person(name), sure=False)
        self.ledger.contacts[contact.ticket] = contact

    @precondition(lambda self: self.line.ids and not self.away_for)
    @rule(outcome=outcomes, left=dies)
    def a_worker_works(self, outcome: Any, left: int | None) -> None:
        self.work(self.line.ids.pop(0), outcome, left)

    @precondition(lambda self: self.line.ids or self.seen)
    @rule(index=pick, outcome=outcomes, left=dies)
    def a_job_is_carried_out_again(self, index: int, outcome: Any, left: int | None) -> None:
        rows = self.world.invitations(("planned", "queued", "calling", "accepted", "unconfirmed"))
        if rows:
            alike = sorted(rows, key=lambda r: (r.created_at, r.state, r.channel, r.survey_id, r.person_id))
            self.work(alike[index % len(rows)].id, outcome, left)

    def work(self, id: str, outcome: Any, left: int | None) -> None:
        for post in self.posts.values():
            post.script = [outcome] if outcome else []
        self.step(lambda parts: deliver(parts, id), left)
        self.hold_reasons()

    @precondition(lambda self: self.line.doubts and not self.away_for)
    @rule(outcome=outcomes, left=dies)
    def a_worker_looks_into_doubts(self, outcome: Any, left: int | None) -> None:
        doubts, self.line.doubts = self.line.doubts, []
        for post in self.posts.values():
            post.script = [outcome] if outcome else []
        self.step(lambda parts: resolve(parts, *doubts), left)

    @rule(left=dies)
    def the_clock_turns(self, left: int | None) -> None:
        for post in self.posts.values():
            post.script = []
        self.step(tick, left)
        self.hold_reasons()

    def hold_reasons(self) -> None:
        """What ended in this step as held was held by something; what was suppressed, by her word. Who is who, and
        what rests, may be otherwise in the next."""
        for row in self.world.invitations(("held", "suppressed")):
            name = next((n for n in NAMES if row.address in (n, PHONES[n])), None)
            if name and row.state_at == self.now:
                survey = self.world.surveys[row.survey_id]
                self.held_for_a_reason(self.ledger.person(name), survey, row.channel, row.id, str(row.reason))
