# What people type. Each target prepares the virtual environment it needs; see CONTRIBUTING.md.
BIN := .venv/bin
.PHONY: run connector test lint format messages bench

run:
	@sh requirements/install.sh local
	@exec $(BIN)/python manage.py demo

connector:
	@sh requirements/install.sh local
	@exec env PYTHONPATH=connector $(BIN)/python -m martunion_connector demo \
		--config "$${DATA:-.data}/connector/martunion-connector.toml"

test:
	@sh requirements/install.sh development
	@exec env -u DJANGO_SETTINGS_MODULE $(BIN)/python -m pytest $(ARGS)

lint:
	@sh requirements/install.sh development
	@exec $(BIN)/python tests/lint.py

format:
	@sh requirements/install.sh development
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format .

messages:
	@sh requirements/install.sh development
	@exec $(BIN)/python manage.py translations update

bench:
	@sh requirements/install.sh development
	@exec $(BIN)/python -m benchmarks $(NAME)
