# `make up` needs Python 3.11 or newer and nothing else. `make help` lists the rest.
SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := .venv/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check

# Installed already? The mark is a checksum of what was installed and where: a folder that moved, a new lock or
# new entry points change it.
INSTALL = \
	wanted="$$( (pwd -P; cat $(1) pyproject.toml) | cksum)"; \
	[ "$$(cat .venv/$(1).installed 2>/dev/null)" = "$$wanted" ] && $(BIN)/python -c '' 2>/dev/null || { \
	$(FIND_PYTHON); \
	echo "askonce: installing into .venv with $$python, about half a minute; later starts skip this" >&2; \
	{ head -n 3 $(BIN)/pip 2>/dev/null | grep -qF "$$(pwd -P)/$(BIN)/python" && $(BIN)/python -c 'import pip' 2>/dev/null || \
	"$$python" -m venv --clear .venv; } && \
	$(PIP) install --require-hashes -r $(1) && \
	$(PIP) install --no-build-isolation --no-deps -e . && \
	echo "$$wanted" > .venv/$(1).installed; }

FIND_PYTHON = \
	python=; for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { python=$$each; break; }; done; \
	[ "$$python" ] || { echo "askonce: Python 3.11 or newer is needed and none is in PATH" >&2; exit 2; }; \
	"$$python" -c 'import venv, ensurepip' 2>/dev/null || { \
	echo "askonce: $$python lacks its venv module; on Debian and Ubuntu: apt-get install $$("$$python" -c \
	'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" >&2; exit 2; }

.PHONY: help up install dev browser test check format lock bench chaos gallery model storm cuts engines scanners weights \
	faults mutants postfix outbox callers pumping

help: ## This list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

up: install ## Start everything on this machine; Ctrl-C ends it
	@exec $(BIN)/askonce up

install: ## Python packages for running it, into .venv
	@$(call INSTALL,requirements.lock)

dev: install ## ... and those for working on it
	@$(call INSTALL,requirements-dev.lock)

browser: dev
	@for each in "$$CHROMIUM" /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome; do \
	[ -n "$$each" ] && [ -x "$$each" ] && exit 0; done; \
	echo "askonce: getting a Chromium for the tests" >&2; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && grep -q '^ID=debian' /etc/os-release; \
	then apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then $(BIN)/playwright install --with-deps chromium; \
	else $(BIN)/playwright install chromium; fi

test: browser ## All tests, on all cores (they wait a third of their time: one worker more); ARGS="-k gate" for some, ARGS="-n 0" in one process
	@PYTHONDONTWRITEBYTECODE= PYTEST_XDIST_AUTO_NUM_WORKERS=$$(($$(getconf _NPROCESSORS_ONLN) + 1)) $(BIN)/pytest -n auto $(ARGS)

check: dev ## Format, lint, types, floors and the guards of the house
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest tests/house

format: dev ## Put the code into shape
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lock: ## Pin every package by version and hash, from pyproject.toml (needs uv)
	@command -v uv >/dev/null || { echo "askonce: make lock needs uv" >&2; exit 2; }
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" pyproject.toml --group build -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

bench: dev ## Measure the roads that must be fast
	@$(BIN)/python -m tests.bench $(ARGS)

gallery: browser ## Pictures of every question; ARGS=folder
	@$(BIN)/python -m tests.gallery $(ARGS)

chaos: dev ## Kill processes on purpose and count what was lost
	@$(BIN)/pytest tests/chaos -m chaos $(ARGS)

postfix: dev ## A real Postfix, of our own and on this machine alone, sends a mail back; needs Postfix and root
	@command -v postfix >/dev/null || { echo "askonce: there is no Postfix; on Debian: apt-get install postfix" >&2; exit 2; }
	@$(BIN)/pytest tests/journeys/test_postfix.py -n 0 -rs $(ARGS)

model: dev ## Everything in any order, 10,000 times on each database
	@MODEL_EXAMPLES=$${MODEL_EXAMPLES:-10000} $(BIN)/pytest tests/model $(ARGS)

storm: dev ## 500 persons asked 64 times on 4 channels at once, while Redis dies
	@$(BIN)/python -m tests.storm $(ARGS)

weights: browser ## What a visitor's browser loads, cold; ARGS="--peers FOLDER" weighs others beside it
	@$(BIN)/python -m tests.weights $(ARGS)

cuts: browser ## 200 cuts, reloads, closed tabs and killed servers while people answer in a browser
	@$(BIN)/python -m tests.cuts $(ARGS)

pumping: dev ## 10,000 premium, foreign and strange numbers with a stolen key; ARGS="--numbers 500 --database postgres"
	@$(BIN)/python -m tests.pumping $(ARGS)

outbox: dev ## Workers die at each named place; 10,000 mails and texts go through failing providers; ARGS="--invitations 500"
	@$(BIN)/python -m tests.outbox $(ARGS)

callers: dev ## Fifty scripted calls, each with what was said beside what is stored
	@$(BIN)/python -m tests.calls

scanners: browser ## 200 mails, each link of each looked at by programs: no answer, nobody unsubscribed
	@$(BIN)/python -m tests.scanners $(ARGS)

engines: browser ## The widget in Chromium, Firefox and WebKit, on strict and hostile pages; ARGS="--engine firefox"
	@wanted=; \
	command -v firefox-esr >/dev/null || command -v firefox >/dev/null || wanted="firefox-esr"; \
	command -v WebKitWebDriver >/dev/null || wanted="$$wanted webkit2gtk-driver"; \
	command -v Xvfb >/dev/null || wanted="$$wanted xvfb"; \
	if [ "$$wanted" ] && [ "$$(id -u)" = 0 ] && grep -q '^ID=debian' /etc/os-release; \
	then echo "askonce: getting $$wanted for the tests" >&2; apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$wanted >/dev/null; fi
	@$(BIN)/python -m tests.engines $(ARGS)

faults: dev ## Plant mistakes in the gate and in what keeps a touch, one at a time: a test must find each
	@$(BIN)/python -m tests.faults $(ARGS)

mutants: dev ## The same by machine, in the rules that are pure: every small mistake there is
	@$(BIN)/python -m tests.mutants $(ARGS)
