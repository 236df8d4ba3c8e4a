from weval.bench.creative_writing.criteria import ANCHORS, COUNTED_TWICE, CRITERIA, NEGATIVE, PAIRWISE


def test_there_are_13_positive_and_9_negative_criteria() -> None:
    assert len(set(CRITERIA)) == 22
    assert set(CRITERIA) > NEGATIVE
    assert len(NEGATIVE) == 9


def test_pieces_are_compared_on_nine_of_which_three_count_twice() -> None:
    assert len(set(PAIRWISE)) == 9
    assert set(PAIRWISE) > COUNTED_TWICE


def test_there_are_two_anchors() -> None:
    assert len(ANCHORS) == 2
