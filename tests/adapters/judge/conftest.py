"""What tests of judges share: a text model in this process that says what a test wants."""

from tests.adapters.judge.fake_model import says

__all__ = ["says"]
