"""What could go wrong where a place becomes a touch: `keep`, what it is made of, and who calls it."""

from __future__ import annotations

from tests.faults.fault import Fault

JUDGE, SHOW, MOMENTS, SEND, INSIST, RECORD = (
    f"server/flows/{name}.py"
    for name in ("judge", "show", "moments", "sending/keep", "sending/insist", "sending/record")
)
ANSWER, TOUCHES, PEOPLE, COUNTERS, INVITATIONS = (
    "server/flows/answer.py", *(f"server/store/{name}.py" for name in ("touches", "people", "counters", "invitations")),
)  # fmt: skip

KEEP = ("tests/flows/test_keep.py",)
WINDOWS = ("tests/flows/test_windows.py",)
PAID = ("tests/flows/test_allowances.py",)
COUNTED = ("tests/store/test_counters.py",)
SHOWN = ("tests/flows/test_show.py",)
SENT = ("tests/flows/test_deliver.py",)
AWAY = ("tests/flows/test_database_away.py",)
LEDGER = ("tests/store/test_touches.py",)
MERGED = ("tests/flows/test_merge.py",)
ASKED = ("tests/store/test_invitations.py",)
REMINDED = ("tests/flows/test_reminders.py",)

FAULTS = [
    Fault("nobody else waits while she is judged", JUDGE,
          "    people.lock(scope, person_id)\n", "", KEEP),
    Fault("she is judged first and locked then", JUDGE,
          "    people.lock(scope, person_id)\n"
          "    rules = rules or rulebook(scope)\n"
          "    verdict, known = _weigh(scope, rules, person_id, survey, contact, now)\n",
          "    rules = rules or rulebook(scope)\n"
          "    verdict, known = _weigh(scope, rules, person_id, survey, contact, now)\n"
          "    people.lock(scope, person_id)\n", KEEP),
    Fault("of a merged person only this record is locked", PEOPLE,
          "while person.merged_into:", "while False:", KEEP),
    Fault("of a merged person only this record's touches count", JUDGE,
          "people.family(scope, person_id), windows, now)", "[person_id], windows, now)", MERGED),
    Fault("the ledger is not asked", JUDGE,
          "(*found, *(_unless_overridden(each, contact.override) for each in judged))", "found", KEEP),
    Fault("a kept ticket is held against itself", JUDGE,
          "judge(windows, known, now, mine=contact.ticket)", "judge(windows, known, now)", KEEP),
    Fault("the windows of every survey hold this one", JUDGE,
          "windows = rules.windows_of(survey, contact.kind)", "windows = rules.windows", WINDOWS),
    Fault("consent and running are not asked again", JUDGE,
          "(*found, *(_unless_overridden(each, contact.override) for each in judged))", "judged", SENT),
    Fault("the pace that a ticket took is held against it", JUDGE,
          "survey, contact, now)\n    judged", 'survey, replace(contact, ticket=""), now)\n    judged', PAID),
    Fault("it is judged by her own number and not by the one it goes to", JUDGE,
          "survey, contact, now)\n    judged", "survey, replace(contact, address=None), now)\n    judged", KEEP),
    Fault("a ticket told twice is kept twice", JUDGE,
          "if kept or not verdict.allowed:", "if not verdict.allowed:", KEEP),
    Fault("a kept ticket is known only while a window looks at it", JUDGE,
          "kept = touches.standing(scope, contact.ticket)",
          "kept = next((t for t in known if t.ticket == contact.ticket), None)", WINDOWS),
    Fault("pace and budget are looked at and not taken", JUDGE,
          "taken = take(scope, rules.policy, survey, contact, now)", "taken: dict[str, datetime] = {}", PAID),
    Fault("the touch does not know what was taken for it", JUDGE,
          "touches.write(scope, person_id, touch, taken)", "touches.write(scope, person_id, touch)", PAID),
    Fault("who lost the last one to somebody else is told yes", JUDGE,
          "tuple(taken if f.rule == taken.rule else f for f in verdict.findings)", "verdict.findings", PAID),
    Fault("the pace is lost when the budget is spent", MOMENTS,
          "counters.give_back(scope, before.name, taken[before.rule])", "pass", KEEP),
    Fault("a day's pace is the day of Greenwich", MOMENTS,
          "        bucket = purse.holds.begins(now, policy.zone)\n        # What",
          "        bucket = purse.holds.begins(now, 'UTC')\n        # What", PAID),
    Fault("a limit that was lowered does not hold", COUNTERS,
          "where=None if limit is None else Counter.n <= limit - by",
          "where=None if limit is None else Counter.n != limit", COUNTED),
    Fault("a clock that is behind begins the rest in the past", JUDGE,
          "at = max([now, *(t.at for t in known)])", "at = now", KEEP),
    Fault("what is sent again after a failure rests from its first try", TOUCHES,
          "row.person_id, row.at, row.kind, row.voided_at = person_id, touch.at, touch.kind, None",
          "row.person_id, row.kind, row.voided_at = person_id, touch.kind, None", KEEP),
    Fault("what is tried again is an ask of whom she was taken for when it failed", TOUCHES,
          "row.person_id, row.at, row.kind, row.voided_at = person_id, touch.at, touch.kind, None",
          "row.at, row.kind, row.voided_at = touch.at, touch.kind, None", MERGED),
    Fault("what was voided counts as kept", TOUCHES,
          'bindparam("ticket"), TouchRow.voided_at.is_(None)\n', 'bindparam("ticket")\n', KEEP),
    Fault("what was voided holds still", TOUCHES,
          "        TouchRow.voided_at.is_(None),\n        # Of", "        # Of", LEDGER),
    Fault("the asker's own touch hides the one before it", TOUCHES,
          "window.limit + 1  # one more", "window.limit  # one more", LEDGER),
    Fault("the oldest touches are read and not the newest", TOUCHES,
          ".order_by(TouchRow.at.desc())", ".order_by(TouchRow.at)", LEDGER),
    Fault("what came of an ask is said of her copy alone", TOUCHES,
          "scope.update(TouchRow).where(TouchRow.copy_of == ticket)",
          "scope.update(TouchRow).where(TouchRow.ticket == ticket)", MERGED),
    Fault("a reminder that she closes takes her answer back", TOUCHES,
          "weightier(row.outcome, outcome)", "outcome", REMINDED),
    Fault("what is given back twice makes more", TOUCHES,
          ".where(either, TouchRow.voided_at.is_(None)).values(voided_at=now)",
          ".where(either).values(voided_at=now)", COUNTED),
    Fault("an answer is overwritten when she closes it after that", INVITATIONS,
          ".where(Invitation.id == id, Invitation.outcome.is_(None)).values(outcome=\"dismissed\")",
          ".where(Invitation.id == id).values(outcome=\"dismissed\")", ASKED),
    Fault("a page is judged by this process's clock", SHOW,
          "offer.ticket), services.moment(db))", "offer.ticket), services.now())", KEEP),
    Fault("a page that is refused is shown", SHOW,
          "        if verdict.allowed:\n            scope.add(", "        scope.add(", SHOWN),
    Fault("a frame that was withdrawn is shown all the same", SHOW,
          "            if known.state == \"cancelled\":\n", "            if known.state == \"withdrawn\":\n", SHOWN),
    Fault("the gate is not told that a page was shown", SHOW,
          "            services.gate.note(her, touch)", "            pass", SHOWN),
    Fault("a gate that offered too much is believed on every page", SHOW,
          "        forget(services, offer.site_id, person_id)", "        pass", SHOWN),
    Fault("an answer that came late is judged by this process's clock", ANSWER,
          "offer.ticket), services.moment(scope.db))", "offer.ticket), now)", KEEP),
    Fault("a send is judged by the worker's clock", SEND,
          "    now = services.moment(scope.db)\n", "    now = services.now()\n", KEEP),
    Fault("a send is judged as of when it was planned", SEND,
          "keep_touch(scope, person.id, survey, this, now, rules)",
          "keep_touch(scope, person.id, survey, this, row.created_at, rules)", KEEP),
    Fault("a worker that waited for her does not look again", SEND,
          "        db.refresh(row)  # while", "        # while", SENT),
    Fault("the call begins before anybody could know of it", SEND,
          "    invitations.move(scope.db, row.id, \"calling\", now, **going)\n", "", SENT),
    Fault("what was busy is held against her when it is tried again", RECORD,
          "isinstance(outcome, Rejected | Retry)", "isinstance(outcome, Rejected)", SENT),
    Fault("what may have left is taken back", RECORD,
          "isinstance(outcome, Rejected | Retry)", "isinstance(outcome, Rejected | Retry | Unknown)", SENT),
    Fault("a database that was away for a moment leaves in doubt what was called", INSIST,
          "WAITS = (0.1, 0.4, 1.5, 4.0, 6.0)", "WAITS = ()", AWAY),
]  # fmt: skip
