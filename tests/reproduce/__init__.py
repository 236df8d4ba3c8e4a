"""Tests of weval.reproduce."""
