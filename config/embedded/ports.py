"""Loopback ports: the one that somebody chose, if it is free, and any free one."""

import os
import socket

HOST = "127.0.0.1"


class PortError(Exception):
    """A port that cannot be had; the message tells a person which one, why, and what to set."""


def chosen(variable: str, default: int) -> int:
    """The free port that the environment's `variable` names, `default` where it is not set.

    Raises `PortError` for anything that is not a port number, and for a port in use.
    """
    text = os.environ.get(variable, "") or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise PortError(f"{variable} must be a port number from 1 to 65535, not {text!r}.")
    _refuse_unless_free(variable, int(text))
    return int(text)


def free() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def answers(port: int) -> bool:
    """Whether something on this machine accepts connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def _refuse_unless_free(variable: str, port: int) -> None:
    """Some systems let one bind beside a server that listens on every address: so ask it, too."""
    advice = f"Choose another one, for example: {variable}={port + 1 if port < 65_000 else 8080}"
    if answers(port):
        raise PortError(f"Port {port} is taken by another program. {advice}")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as problem:
            raise PortError(f"Port {port} cannot be used ({problem.strerror}). {advice}") from None
