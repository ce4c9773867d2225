"""One self-contained HTML page of a run or a sweep."""

from simcore.analysis.report.page import write_report

__all__ = ["write_report"]
