"""A model that scores responses, for other programs to ask: `weval serve`, and a client for training."""

from weval.serving.client import RemoteReward
from weval.serving.options import ServeOptions
from weval.serving.server import running, serve
from weval.serving.service import Service, open_service

__all__ = ["RemoteReward", "ServeOptions", "Service", "open_service", "running", "serve"]
