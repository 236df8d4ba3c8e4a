"""What weval costs, measured by hand: one command, figures as JSON, nothing of it part of the tests.

OMP_NUM_THREADS=1 python -m tests.benchmarks [--only NAME ...] [--quick] [--json FILE] [--peers FOLDER] [--list]

Each benchmark is a module bench_NAME.py here whose first line says what it measures and which has

    def measure(quick: bool) -> Measured

(records.py). `quick` is for trying it out: fewer and smaller, a second or two. The suite runs each in a process of its
own, with one thread. timing.py measures: growing costs as medians over rounds, and what is compared in turn, as ratios
of neighbours, so that a busy neighbour burdens both. Seconds are of one core (CPU time) unless a series says "wall".

In `measure`, import what is measured inside functions; `--list` reads the files and imports none of them.
"""
