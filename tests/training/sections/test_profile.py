from __future__ import annotations

from weval.training.sections import Lora, Model, Optimisation, Profile, flat

GOOD = {
    "model": {"base": "small"},
    "data": {"source": "weval-mini"},
    "optimisation": {"learning_rate": 0.1, "batch": 2, "micro_batch": 1},
}


def test_what_is_left_out_has_its_default() -> None:
    profile = Profile.model_validate(GOOD)
    assert profile.seed == 0 and profile.policy is None
    assert profile.optimisation == Optimisation(learning_rate=0.1, batch=2, micro_batch=1)
    assert Model(base="small").lora is None and Lora().targets == "all-linear"


def test_sections_and_empty_mappings_are_fields_by_themselves_where_there_is_nothing_in_them() -> None:
    assert flat({"a": {"b": {"c": 1}, "d": {}}, "e": None}) == {"a.b.c": 1, "a.d": {}, "e": None}
