"""weval inside lm-evaluation-harness: its tasks, and runs made of its samples."""
