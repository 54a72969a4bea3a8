"""What may not stand in a log line: the private links that paths carry."""

import logging
import re

PRIVATE_PATH = re.compile(r"/(r|j|u|e)/[0-9A-Za-z]{16,}")


class WithoutLinks(logging.Filter):
    """Replace the token of every private link in a record by an ellipsis."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = PRIVATE_PATH.sub(r"/\1/…", record.getMessage())
        record.args = ()
        return True
