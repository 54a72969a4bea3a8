"""Every fault of the delivery, injected into the product's real processes; then the audit.

`python -m tests.faults` runs all of them and prints tables; `test_faults.py` is the short
selection of `make test`. Both run the same scenes on a PostgreSQL server of their own.
"""
