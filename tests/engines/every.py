"""The engines by name."""

from __future__ import annotations

from collections.abc import Mapping

from tests.engines.chromium import chromium
from tests.engines.firefox import firefox
from tests.engines.hand import Engine
from tests.engines.webkit import webkit

ENGINES: Mapping[str, Engine] = {"chromium": chromium, "firefox": firefox, "webkit": webkit}
