PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: lint

lint:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
