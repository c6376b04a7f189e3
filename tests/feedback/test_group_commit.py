"""Collecting requests and committing them together, seen from those who wait."""

import asyncio
from collections.abc import Sequence

import pytest

from services.feedback.intake.group_commit import (
    BusyError,
    GroupCommit,
    NotStorableError,
    UnavailableError,
)


class Shelf:
    """A store in memory: all of a group or nothing; refuses negative numbers, and may be away."""

    def __init__(self) -> None:
        self.stored: list[int] = []
        self.groups: list[int] = []
        self.open = asyncio.Event()
        self.open.set()
        self.away = False

    async def store(self, numbers: Sequence[int]) -> list[str]:
        await self.open.wait()
        if self.away:
            raise ConnectionRefusedError("nobody there")
        if min(numbers) < 0:
            raise ValueError("negative")
        self.stored += numbers
        self.groups.append(len(numbers))
        return [f"stored {number}" for number in numbers]


async def test_each_bad_request_fails_alone() -> None:
    shelf = Shelf()
    commit = GroupCommit[int, str](shelf.store)
    commit.start()
    numbers = [number if number % 37 else -number for number in range(1, 200)]
    results = await asyncio.gather(
        *(commit.submit(number) for number in numbers), return_exceptions=True
    )
    for number, result in zip(numbers, results, strict=True):
        if number < 0:
            assert isinstance(result, NotStorableError)
            assert isinstance(result.__cause__, ValueError)
        else:
            assert result == f"stored {number}"
    assert sorted(shelf.stored) == [number for number in numbers if number > 0]
    await commit.stop()


async def test_those_who_wait_while_a_group_is_stored_go_together() -> None:
    shelf = Shelf()
    commit = GroupCommit[int, str](shelf.store, flushers=1, most=100)
    commit.start()
    shelf.open.clear()
    first = asyncio.create_task(commit.submit(0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    rest = [asyncio.create_task(commit.submit(number)) for number in range(1, 251)]
    await asyncio.sleep(0)
    shelf.open.set()
    await asyncio.gather(first, *rest)
    assert shelf.groups == [1, 100, 100, 50]
    await commit.stop()


async def test_when_the_store_is_away_everybody_hears_it_and_nothing_is_stored() -> None:
    shelf = Shelf()
    commit = GroupCommit[int, str](shelf.store)
    commit.start()
    shelf.away = True
    results = await asyncio.gather(*map(commit.submit, range(50)), return_exceptions=True)
    assert all(isinstance(result, UnavailableError) for result in results)
    assert shelf.stored == []
    shelf.away = False
    assert await commit.submit(7) == "stored 7"
    await commit.stop()


async def test_a_full_queue_says_so() -> None:
    shelf = Shelf()
    commit = GroupCommit[int, str](shelf.store, flushers=1, most=1, waiting=3)
    shelf.open.clear()
    waiting = [asyncio.create_task(commit.submit(number)) for number in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(BusyError):
        await commit.submit(3)
    shelf.open.set()
    commit.start()
    await asyncio.gather(*waiting)
    await commit.stop()


async def test_a_cancelled_request_leaves_its_group_whole() -> None:
    shelf = Shelf()
    commit = GroupCommit[int, str](shelf.store, flushers=1)
    commit.start()
    shelf.open.clear()
    tasks = [asyncio.create_task(commit.submit(number)) for number in range(10)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    tasks[4].cancel()
    shelf.open.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results.pop(4), asyncio.CancelledError)
    assert results == [f"stored {number}" for number in range(10) if number != 4]
    await commit.stop()


async def test_stopping_finishes_what_waits_and_takes_nothing_new() -> None:
    shelf = Shelf()
    commit = GroupCommit[int, str](shelf.store, flushers=2, most=10)
    commit.start()
    tasks = [asyncio.create_task(commit.submit(number)) for number in range(95)]
    await asyncio.sleep(0)
    await commit.stop()
    assert sorted(shelf.stored) == list(range(95))
    assert all(task.done() for task in tasks) or await asyncio.gather(*tasks)
    with pytest.raises(BusyError):
        await commit.submit(1)
