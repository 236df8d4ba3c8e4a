from __future__ import annotations

import subprocess
import sys


def test_importing_the_checks_loads_no_parser() -> None:
    code = "import sys, weval.checks; print(sorted({'markdown_it', 'sentencex'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
