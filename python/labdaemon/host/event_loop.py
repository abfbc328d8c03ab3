"""The loop in which coroutines of drivers run: in a thread of its own, from the first one on."""
import contextvars
import threading


def is_awaitable(value) -> bool:
    """True for a coroutine and its likes."""
    return hasattr(type(value), "__await__")


class EventLoop:
    """The one loop of the process."""

    def __init__(self):
        self._loop = None
        self._lock = threading.Lock()

    def start(self, coroutine):
        """Starts a coroutine as a task of the present context. Returns its future, whose ``cancel()`` cancels the task."""
        import asyncio
        from concurrent.futures import Future

        loop = self._running(asyncio)
        future = Future()
        future.set_running_or_notify_cancel()
        tasks = []

        async def run():
            return await coroutine

        def begin():
            task = loop.create_task(run())
            tasks.append(task)
            task.add_done_callback(end)

        def end(task):
            if task.cancelled():
                future.set_exception(asyncio.CancelledError())
            elif task.exception() is not None:
                future.set_exception(task.exception())
            else:
                future.set_result(task.result())

        def cancel():
            loop.call_soon_threadsafe(lambda: [task.cancel() for task in tasks])

        future.cancel = cancel
        loop.call_soon_threadsafe(begin, context=contextvars.copy_context())
        return future

    def _running(self, asyncio):
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                thread = threading.Thread(target=self._loop.run_forever, name="labdaemon-asyncio", daemon=True)
                thread.start()
            return self._loop
