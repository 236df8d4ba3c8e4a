"""The paper's tables from one command: a manifest of cells, a graph of steps, and what they come to."""
