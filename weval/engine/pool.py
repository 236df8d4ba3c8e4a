"""Workers of a Ray cluster that answer a stream: Ray Data with a pool of actors, fed as answers come back.

The driver keeps a few blocks for each worker on their way, and no more: memory does not grow with the task. Which
requests are in a block does not depend on how many workers there are.
"""

from __future__ import annotations

import pickle
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain, repeat
from typing import Any

import weval
from weval.engine.cluster import Cluster, ray_library
from weval.engine.feed import DEATHS, Feed
from weval.engine.work import Desk, Fault
from weval.engine.worker import ANSWERS, BLOCK, TASK, WORD, Scout, Worker
from weval.errors import AdapterError, ConfigError
from weval.files import one_line
from weval.types import Certificate

TASKS = (256, 1024, 4096)
"""So many blocks are answered by the same processes; then new ones start, which load the model again. Few at first: Ray
takes a millisecond for each before it begins. The last stands for all that follow.
"""

AHEAD = 3
"""Blocks for each worker that are on their way at once: the one that it answers, the next, and one to spare."""

BLOCK_CHARS = 2**22
"""A block ends when it has so many characters, if not before."""

MOST_LOST = 5
"""So many blocks in a row may be given up; then it is not they that end the workers."""

OPENING_DEATHS = 8
"""So many workers in a row may die before they are there at all."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many workers, what each is given of a node, and how many requests at once."""

    workers: int
    cpus: float
    gpus: float
    batch: int


@dataclass(frozen=True, slots=True)
class Block:
    """Requests that one worker is given together."""

    asked: list[Any]


@dataclass
class Pool:
    """Workers that do one kind of work. `weight` says how many characters a request has, `group` with which others it
    should stay, as they have a beginning in common; `notice` is told that a worker died.
    """

    cluster: Cluster
    desk: Desk
    size: Size
    weight: Callable[[Any], int]
    group: Callable[[Any], str] = field(default=lambda asked: str(asked.id))
    notice: Callable[[str], None] = field(default=lambda text: None)
    _scout: Any = None

    def about(self) -> dict[str, Any]:
        """The model's fingerprint, as a first worker finds it, and all others must. `let_go` ends that one."""
        found: dict[str, Any] = self._scouted("about")
        self.desk = replace(self.desk, expected=found)
        return found

    def certify(self) -> Certificate:
        """What the first worker measured of the model."""
        found: Certificate = self._scouted("certify")
        return found

    def answers(self, asked: Iterable[Any]) -> Generator[Any, None, None]:
        """One answer to each of what is asked, as they come. Raises what a worker's model raised."""
        self.let_go()
        with self._feed() as feed:
            asking = _Asking(self, feed, _blocks(asked, self.size.batch, self.weight, self.group))
            asking.fill()
            for n_tasks in chain(TASKS, repeat(TASKS[-1])):
                if not asking.waiting:
                    return
                with closing(asking.answers(n_tasks)) as answers:
                    yield from answers

    def let_go(self) -> None:
        """Ends the first worker: others need its room."""
        if self._scout is not None:
            ray_library().kill(self._scout)
            self._scout = None

    def _scouted(self, question: str) -> Any:  # noqa: ANN401 - as asked
        ray = ray_library()
        try:
            if self._scout is None:
                self._scout = ray.remote(Scout).options(**self._share(), max_restarts=0).remote(self.desk)
            if (theirs := ray.get(self._scout.version.remote())) != weval.__version__:
                raise ConfigError(
                    f"--set engine={self.cluster.name}: its nodes have weval {theirs}, here is {weval.__version__}"
                )
            found = pickle.loads(ray.get(getattr(self._scout, question).remote()))
        except ray.exceptions.RayError as error:
            raise AdapterError(_told(self, error)) from error
        if isinstance(found, Fault):
            raise found.error()
        return found

    def _share(self) -> dict[str, float]:
        return {"num_cpus": self.size.cpus, "num_gpus": self.size.gpus}

    @contextmanager
    def _feed(self) -> Iterator[Any]:
        """A feed on the driver's node."""
        ray = ray_library()
        node = ray.get_runtime_context().get_node_id()
        here = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(node, soft=False)
        feed = ray.remote(Feed).options(num_cpus=0, scheduling_strategy=here, max_concurrency=10_000).remote()
        try:
            yield feed
        finally:
            ray.kill(feed)

    def results(self, feed: Any, tasks: Iterable[int]) -> Iterator[Any]:  # noqa: ANN401 - a handle; tables
        """What workers made of blocks, one for each task, as each is done."""
        import pyarrow

        ray = ray_library()
        _quiet(ray.data.DataContext.get_current())
        made = ray.data.from_arrow([pyarrow.table({TASK: [task]}) for task in tasks]).map_batches(
            Worker,
            batch_size=None,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(size=self.size.workers, max_tasks_in_flight_per_actor=1),
            fn_constructor_kwargs={"desk": self.desk, "feed": feed},
            **self._share(),
        )
        try:
            for bundle in made.iter_internal_ref_bundles():
                for block in bundle.block_refs:
                    yield ray.get(block)
        except ray.exceptions.RayError as error:
            raise AdapterError(_told(self, error)) from error


@dataclass
class _Asking:
    """A stream that is being asked. `waiting` are the blocks on their way; `again` those that are to be asked next, as
    workers died with them; `n_lost` is how many in a row were given up.
    """

    pool: Pool
    feed: Any
    fresh: Iterator[Block]
    again: deque[Block] = field(default_factory=deque)
    waiting: dict[int, Block] = field(default_factory=dict)
    n_lost: int = 0
    n_put: int = 0
    n_tasks: int = 0

    def answers(self, n_tasks: int) -> Generator[Any, None, None]:
        """Answers as they come, until all is answered or so many tasks are done."""
        tasks = range(self.n_tasks, self.n_tasks + n_tasks)
        self.n_tasks += n_tasks
        for table in self.pool.results(self.feed, tasks):
            number, word = table.column(BLOCK)[0].as_py(), table.column(WORD)[0].as_py()
            if (block := self.waiting.pop(number, None)) is None:
                continue  # answered before: a worker that was taken for dead had done it after all
            self.feed.drop.remote(number)
            self._notice(word)
            yield from self._lost(block) if word == "lost" else self._answered(block, table.column(ANSWERS)[0].as_py())
            self.fill()
            if not self.waiting:
                ray_library().get(self.feed.end.remote())
                return

    def fill(self) -> None:
        """Puts blocks until enough of them are on their way."""
        ray = ray_library()
        while len(self.waiting) < AHEAD * self.pool.size.workers:
            block = self.again.popleft() if self.again else next(self.fresh, None)
            if block is None:
                return
            self.waiting[self.n_put] = block
            self.feed.put.remote(self.n_put, [ray.put(block.asked)])
            self.n_put += 1

    def _answered(self, block: Block, found: bytes) -> Iterator[Any]:
        """The answers to a block, each once. Raises the fault that ended them."""
        self.n_lost = 0
        answers, fault = pickle.loads(found)
        open_, seen = {one.id for one in block.asked}, set[str]()
        for answer in answers:
            name = self.pool.desk.work.asked_id(answer)
            if name in open_ or name not in seen:  # what was never asked is for the run to refuse
                yield answer
            open_.discard(name)
            seen.add(name)
        if fault:
            raise fault.error()

    def _lost(self, block: Block) -> Iterator[Any]:
        """Asks each request of a lost block by itself; one that was by itself is failed. Raises where all are lost."""
        self.n_lost += 1
        if self.n_lost == MOST_LOST:
            raise AdapterError(
                f"{self.pool.desk.work.name}: workers die whatever they are asked. Is there memory for each "
                "(workers, worker_gpus)? What was answered is kept, and the same command continues"
            )
        if len(block.asked) > 1:
            self.again.extend(Block([one]) for one in block.asked)
            return
        reason = f"every worker that was asked this died, {DEATHS} times"
        yield self.pool.desk.work.failed(block.asked[0], reason)

    def _notice(self, word: str) -> None:
        """Says that a worker died, once."""
        if word in ("again", "lost"):
            self.pool.notice("a worker died; another goes on, and what it had is asked again (this is said once)")
            self.pool.notice = lambda text: None


def _blocks(
    asked: Iterable[Any], batch: int, weight: Callable[[Any], int], group: Callable[[Any], str]
) -> Iterator[Block]:
    """What is asked in blocks of `batch`, or more where a group would be cut, or less where texts are long."""
    block, chars, last = list[Any](), 0, ""
    for one in asked:
        full = len(block) >= batch or chars >= BLOCK_CHARS
        if block and full and (group(one) != last or len(block) >= 2 * batch):
            yield Block(block)
            block, chars = [], 0
        block.append(one)
        chars, last = chars + weight(one), group(one)
    if block:
        yield Block(block)


def _quiet(context: Any) -> None:  # noqa: ANN401 - Ray's
    """How Ray Data runs: without bars and lines, and without giving up on a slow model."""
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.execution_no_progress_timeout_s = -1
    context.max_consecutive_actor_init_deaths = OPENING_DEATHS


def _told(pool: Pool, error: Exception) -> str:
    said = one_line(" ".join(str(error).split()), 300)
    return f"{pool.desk.work.name}: a worker could not answer ({type(error).__name__}: {said})"
