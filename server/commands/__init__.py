"""The commands with which a team sets its server up, and asks it why."""

from __future__ import annotations

from server.commands.agi import agi
from server.commands.demo import demo
from server.commands.gate import policy, rehearse_policy, why
from server.commands.incoming import incoming
from server.commands.lane import lane
from server.commands.set_up import desk_link, identity, key, site, source
from server.commands.surveys import survey

ALL = (site, key, source, identity, survey, policy, rehearse_policy, desk_link, why, lane, incoming, agi, demo)
