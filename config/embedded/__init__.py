"""PostgreSQL, Valkey and an inbox, started from wheels: `python -m config.embedded COMMAND...`"""
