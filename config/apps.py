"""Registers the system checks."""

from importlib import import_module

from django.apps import AppConfig


class Config(AppConfig):
    name = "config"

    def ready(self) -> None:
        import_module("config.checks")
        import_module("config.neutral")
