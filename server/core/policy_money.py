"""What a policy says of money: where texts and calls may go, what they may cost in a day, and when that is odd."""

from __future__ import annotations

from typing import Any

from server.core.destinations import is_country
from server.core.policy import ALIKE, SPENDING
from server.core.policy_moments import MomentReader
from server.core.rates import SCALE

COUNTRIES_MOST = 250
SPENDING_MOST = 100_000
"""Of whatever currency, in a day: 2³¹ ten-thousandths are hardly more than twice as much."""
ALIKE_MOST = 1_000_000


class MoneyReader(MomentReader):
    """Reads these parts of a document and collects what is wrong with them."""

    def countries(self, said: Any) -> frozenset[str] | None:
        if said == "none":
            return None
        if said is None:
            return frozenset()
        if not isinstance(said, list | tuple) or not 0 < len(said) <= COUNTRIES_MOST:
            self.complaints.append("countries must be a list such as [“DE”, “AT”], or “none” for everywhere")
            return frozenset()
        for code in said:
            if not isinstance(code, str) or not is_country(code):
                self.complaints.append(f"countries: “{code}” is no country; say two letters, such as DE")
        return frozenset(code for code in said if isinstance(code, str))

    def spending(self, said: Any) -> dict[str, int | None]:
        said = {} if said is None else self.mapping("spending", said)
        self.only(said, tuple(SPENDING), "spending")
        named = {channel: each for channel, each in said.items() if channel in SPENDING and each is not None}
        return {**SPENDING, **{channel: self.money(each, f"spending: {channel}") for channel, each in named.items()}}

    def money(self, said: Any, where: str) -> int | None:
        if said == "none":
            return None
        if isinstance(said, bool) or not isinstance(said, int | float) or not 0.01 <= said <= SPENDING_MOST:
            self.complaints.append(f"{where} must be an amount a day from 0.01 to {SPENDING_MOST}, or “none”")
            return None
        return round(said * SCALE)

    def alike(self, said: Any) -> int | None:
        if said is None:
            return ALIKE
        if said == "none":
            return None
        if isinstance(said, bool) or not isinstance(said, int) or not 1 <= said <= ALIKE_MOST:
            self.complaints.append(f"numbers_alike must be a whole number from 1 to {ALIKE_MOST}, or “none”")
            return ALIKE
        return said
