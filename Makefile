# The words of this project, the same for people and for continuous integration. `make` alone lists them.
# Everything Python goes into .venv, pinned with hashes (requirements/, written by scripts/lock); a stamp there tells that it is done.

.DEFAULT_GOAL := help
.PHONY: help demo test check format docs bench dev lock clean
.DELETE_ON_ERROR:

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

bin := .venv/bin
pip := $(bin)/python -m pip --quiet install
pinned := $(pip) --require-hashes
tools := chromium-headless-shell:chromium-headless-shell,chromium,chromium-browser,google-chrome gcc:cc libc6-dev:cc
ourselves := $(pip) --no-deps --no-build-isolation --editable .

help: ## list these words
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

demo: .venv/runtime.stamp ## serve the demo on http://127.0.0.1:8000 (Ctrl-C ends it); PORT=8001 for another port
	@exec scripts/foreground $(bin)/hubbub demo $(if $(PORT),--port $(PORT))

test: .venv/dev.stamp ## install what the tests need and run everything: format, lint, types, tests
	@scripts/debian "The tests" $(tools)
	@scripts/compile & scripts/lint; status=$$?; wait; exit $$status
	@scripts/test

check: .venv/dev.stamp ## what to run before each commit: format, lint, types, house rules
	@scripts/check

format: .venv/dev.stamp ## put the code into form, and mend what lint can mend by itself
	@$(bin)/ruff check --fix-only --quiet .
	@$(bin)/ruff format .

docs: .venv/dev.stamp ## build the site into site/ (open site/index.html)
	@$(bin)/zensical build --clean --strict

bench: .venv/dev.stamp ## measure against the peers, and write a report
	@$(bin)/python -m bench

dev: .venv/dev.stamp ## install all that a developer needs into .venv

lock: .venv/dev.stamp ## write requirements/ anew after pyproject.toml changed (scripts/lock --upgrade renews the pins)
	@scripts/lock

clean: ## remove what was built or installed here
	@rm -rf .venv site build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .cache

.venv/made.stamp:
	@echo "Making .venv (once)"
	@scripts/venv .venv
	@touch $@

.venv/runtime.stamp: .venv/made.stamp requirements/runtime.txt requirements/build.txt pyproject.toml
	@echo "Installing Hubbub into .venv"
	@$(pinned) --requirement requirements/runtime.txt --requirement requirements/build.txt
	@$(ourselves)
	@touch $@

.venv/dev.stamp: .venv/made.stamp requirements/dev.txt pyproject.toml
	@echo "Installing what development needs into .venv"
	@$(pinned) --requirement requirements/dev.txt
	@$(ourselves)
	@touch $@ .venv/runtime.stamp
