"""Results for people: tables in the terminal, a page per run."""

from weval.report.agreement import agreement_text
from weval.report.audit import audit_text
from weval.report.compared import compared_text
from weval.report.compared_page import write_comparison
from weval.report.page import check_page, write_report
from weval.report.scored import scored_text
from weval.report.terminal import comparison_text, details_text, result_text, volume_text

__all__ = [
    "agreement_text",
    "audit_text",
    "check_page",
    "compared_text",
    "comparison_text",
    "details_text",
    "result_text",
    "scored_text",
    "volume_text",
    "write_comparison",
    "write_report",
]
