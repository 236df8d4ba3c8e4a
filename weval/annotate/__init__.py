"""A page on which a person assigns categories and ranks responses, for `weval agree` and `human:FILE`."""

from weval.annotate.contents import AnnotateOptions
from weval.annotate.writing import Written, annotate

__all__ = ["AnnotateOptions", "Written", "annotate"]
