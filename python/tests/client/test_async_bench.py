from __future__ import annotations

import asyncio
import inspect
import threading
import unittest
from typing import Any, Callable, Coroutine

from labdaemon import AsyncBench
from labdaemon.server import ServerConnectionError

from ..scripted_server import LIMIT_SECONDS, Exchange
from ..scripts import frame, playing
from .bench_case import BenchCase
from .test_collection import STREAM, streaming
from .test_device import CALL, VOLTAGE


class AsyncBenchTest(BenchCase):
    def run_async(self, use: Callable[[AsyncBench], Coroutine[Any, Any, Any]]) -> Any:
        async def run() -> Any:
            async with AsyncBench(self.url) as bench:
                return await asyncio.wait_for(use(bench), 60)

        return asyncio.run(run())

    def test_properties_and_methods_are_awaited(self) -> None:
        self.routes["GET " + VOLTAGE] = {"name": "voltage", "value": 3.28, "timestamp": "t"}
        self.routes["PUT " + VOLTAGE] = {"name": "voltage", "value": 3.29, "timestamp": "t"}
        self.routes[CALL] = {"result": 5, "success": True}

        async def use(bench: AsyncBench) -> Any:
            psu = bench["psu1"]
            self.assertIn("voltage", dir(psu))
            self.assertEqual(str(inspect.signature(psu.ramp)), "(volts: float, rate: float = 0.1)")
            with self.assertRaisesRegex(AttributeError, "await device.set"):
                psu.voltage = 3
            with self.assertRaisesRegex(AttributeError, "did you mean voltage"):
                psu.voltag
            return [await psu.voltage, await psu.set("voltage", 3.3), await psu.ramp(5), list(bench)]

        self.assertEqual(self.run_async(use), [3.28, 3.29, 5, ["psu1"]])

    def test_an_unknown_device_is_a_key_error(self) -> None:
        async def use(bench: AsyncBench) -> Any:
            with self.assertRaisesRegex(KeyError, 'Cannot find device "psu9": known devices are psu1'):
                bench["psu9"]

        self.run_async(use)

    def test_samples_arrive_by_async_for(self) -> None:
        self.routes[STREAM] = streaming(frame(0), frame(1), frame(2))

        async def use(bench: AsyncBench) -> Any:
            found = []
            async with bench["psu1"].stream() as stream:
                async for sample in stream:
                    found.append(sample.sequence)
                    if len(found) == 3:
                        break
            return found

        self.assertEqual(self.run_async(use), [0, 1, 2])

    def test_a_cancelled_wait_loses_no_sample(self) -> None:
        gate = threading.Event()
        self.addCleanup(gate.set)

        def script(exchange: Exchange) -> None:
            exchange.begin_stream()
            exchange.send(frame(0))
            gate.wait(LIMIT_SECONDS)
            exchange.send(frame(1))
            exchange.wait_until_client_leaves()

        self.routes[STREAM] = script

        async def use(bench: AsyncBench) -> Any:
            async with bench["psu1"].stream() as stream:
                first = await stream.__anext__()
                with self.assertRaises(asyncio.TimeoutError):
                    await asyncio.wait_for(stream.__anext__(), 0.02)
                gate.set()
                return [first.sequence, (await stream.__anext__()).sequence]

        self.assertEqual(self.run_async(use), [0, 1])
        self.assertEqual(self.asked.count(STREAM), 1)

    def test_a_stream_that_nothing_refers_to_ends(self) -> None:
        left = threading.Event()

        def script(exchange: Exchange) -> None:
            playing(frame(0))(exchange)
            left.set()

        self.routes[STREAM] = script

        async def use(bench: AsyncBench) -> Any:
            async def follow() -> None:
                async for _ in bench["psu1"].stream():
                    started.set()

            started = asyncio.Event()
            task = asyncio.ensure_future(follow())
            await started.wait()
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            del task
            return await asyncio.get_running_loop().run_in_executor(None, left.wait, LIMIT_SECONDS)

        self.assertTrue(self.run_async(use))

    def test_collect(self) -> None:
        self.routes[STREAM] = streaming(frame(0), frame(1))

        async def use(bench: AsyncBench) -> Any:
            return await bench["psu1"].collect(samples=2)

        self.assertEqual([sample.sequence for sample in self.run_async(use)], [0, 1])

    def test_cancelling_the_task_cancels_the_call(self) -> None:
        cancelled = threading.Event()
        running = {"call_id": "c1", "status": "running", "method": "ramp"}
        self.routes[CALL] = (202, running)

        async def use(bench: AsyncBench) -> Any:
            loop = asyncio.get_running_loop()
            waiting = asyncio.Event()

            def wait(_: Exchange) -> Any:
                loop.call_soon_threadsafe(waiting.set)
                cancelled.wait(LIMIT_SECONDS)
                return {**running, "status": "cancelled", "error": {"type": "CallCancelled", "message": "…"}}

            def cancel(_: Exchange) -> Any:
                cancelled.set()
                return {**running, "status": "cancelled"}

            self.routes["GET /calls/c1"] = wait
            self.routes["DELETE /calls/c1"] = cancel
            task = asyncio.ensure_future(bench["psu1"].ramp(5))
            await waiting.wait()
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            return await loop.run_in_executor(None, cancelled.wait, LIMIT_SECONDS)

        self.assertTrue(self.run_async(use))

    def test_without_a_daemon_entering_raises(self) -> None:
        async def run() -> None:
            async with AsyncBench("http://127.0.0.1:2"):
                pass

        with self.assertRaises(ServerConnectionError):
            asyncio.run(run())
        with self.assertRaisesRegex(RuntimeError, "refresh"):
            AsyncBench("http://127.0.0.1:2")["psu1"]


if __name__ == "__main__":
    unittest.main()
