from __future__ import annotations

import pytest

from weval.bench.construction.pool import read_pool
from weval.bench.construction.records import FIELDS
from weval.bench.construction.static import static_criteria
from weval.errors import ConfigError


def test_every_primary_domain_has_a_set_of_its_own() -> None:
    sets = [static_criteria("global"), *(static_criteria("domain", domain) for domain in read_pool().domains)]
    names = set()
    for five in sets:
        assert [tuple(criterion) for criterion in five] == [FIELDS] * 5
        assert len({text for criterion in five for text in criterion.values()}) == 35
        names |= {criterion["name"] for criterion in five}
    assert len(names) == 35


def test_a_domain_without_criteria_is_an_error() -> None:
    with pytest.raises(ConfigError, match="unknown domain 'Eduction'; did you mean Education"):
        static_criteria("domain", "Eduction")
    with pytest.raises(ConfigError, match="the query has no domain1"):
        static_criteria("domain")


def test_what_is_given_is_the_callers_own() -> None:
    static_criteria("global")[0]["name"] = "Other"
    assert static_criteria("global")[0]["name"] != "Other"
