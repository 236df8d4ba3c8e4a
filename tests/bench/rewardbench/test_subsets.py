from weval.bench.rewardbench.subsets import EXAMPLE_COUNTS, PRIOR_SETS, SUBSETS


def test_every_subset_is_in_one_section() -> None:
    assert sorted(name for names in SUBSETS.values() for name in names) == sorted(EXAMPLE_COUNTS)


def test_math_weighs_as_much_as_all_code() -> None:
    code = [EXAMPLE_COUNTS[name] for name in SUBSETS["Reasoning"] if name != "math-prm"]
    assert EXAMPLE_COUNTS["math-prm"] == sum(code) == 984


def test_prior_sets_are_in_no_section() -> None:
    assert len(PRIOR_SETS) == 4
    assert not set(PRIOR_SETS) & set(EXAMPLE_COUNTS)
