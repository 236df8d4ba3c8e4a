from __future__ import annotations

import pytest

from weval.engine.options import EngineOptions, check_engine
from weval.errors import ConfigError
from weval.settings import updated


def test_an_engine_is_this_process_or_a_cluster() -> None:
    assert updated(EngineOptions(), {}).is_local
    assert updated(EngineOptions(), {"engine": "ray"}).address is None
    for address in ("10.0.0.1:6379", "[::1]:6379", "auto"):
        assert updated(EngineOptions(), {"engine": f"ray:{address}"}).address == address


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"engine": "ray:"}, "one of local, ray, ray:ADDRESS"),
        ({"engine": "ray:ray://head:10001"}, "runs on a node of the cluster"),
        ({"engine": "ray:local"}, "neither ray:auto nor ray:HOST:PORT"),
        ({"engine": "ray:head"}, "neither ray:auto nor ray:HOST:PORT"),
        ({"workers": "0"}, "must be at least 1"),
        ({"worker_cpus": "0"}, "--set worker_cpus=0"),
        ({"worker_gpus": "-1"}, "must be at least 0"),
        ({"worker_batch": "many"}, "must be a whole number"),
    ],
)
def test_what_is_none_is_refused(settings: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        updated(EngineOptions(), settings)


def test_settings_of_workers_need_workers() -> None:
    check_engine({"engine": "ray", "workers": "2"})
    check_engine({"engine": "local"})
    with pytest.raises(ConfigError, match="--set worker_gpus: has no effect with engine=local"):
        check_engine({"worker_gpus": "1"})
