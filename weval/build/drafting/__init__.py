"""Requirements for a request, written or found by a model, and everything for which its word is not taken."""
