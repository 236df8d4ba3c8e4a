"""Downstream benchmarks: does the writer get better? One engine; a benchmark is data and a few pure functions."""
