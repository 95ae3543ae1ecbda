"""Load-test the container with many requests, while other clients stall halfway through theirs."""

import asyncio
import statistics
import time
from dataclasses import dataclass

import psutil

_CLIENTS = 8
_HALF_SENT = 200
_WARM_SHARE = 0.1
_REVIEW = b"The staff were kind, but the room was cold and we would not come again. Visit %d."


@dataclass
class Load:
    """The results: the number of responses with status 200, their seconds, and the memory in bytes.

    `memory` is that of all processes, at the start (after a tenth of the requests as warm-up) and at the end; `pings`
    are the seconds of the pings meanwhile.
    """

    requests: int
    right: int
    seconds: list[float]
    pings: list[float]
    memory: tuple[int, int]
    half_sent: int


async def measure(port: int, process: int, requests: int) -> Load:
    """Send requests to the container on `port`, while 200 clients have each sent half of a request."""
    warm = int(_WARM_SHARE * requests)
    load = Load(requests, 0, [], [], (0, 0), _HALF_SENT)
    await _ask_all(port, range(warm), load)
    before = _memory(process)
    held = [await _half_sent(port) for _ in range(_HALF_SENT)]
    done = asyncio.Event()
    pinging = asyncio.create_task(_ping(port, load, done))
    await _ask_all(port, range(warm, requests), load)
    done.set()
    await pinging
    for writer in held:
        writer.close()
    load.memory = (before, _memory(process))
    return load


async def _ask_all(port: int, numbers: range, load: Load) -> None:
    await asyncio.gather(*(_client(port, numbers[place::_CLIENTS], load) for place in range(_CLIENTS)))


async def _client(port: int, numbers: range, load: Load) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in numbers:
        started = time.perf_counter()
        status = await _answered(reader, writer, b"POST /invocations", _REVIEW % number)
        load.seconds.append(time.perf_counter() - started)
        load.right += status == 200
    writer.close()


async def _ping(port: int, load: Load, done: asyncio.Event) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while not done.is_set():
        started = time.perf_counter()
        if await _answered(reader, writer, b"GET /ping", b"") != 200:
            raise SystemExit("A ping was not answered with 200.")
        load.pings.append(time.perf_counter() - started)
        await asyncio.sleep(0.5)
    writer.close()


async def _answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, body: bytes) -> int:
    """Send a request on an open connection, read the whole response, and return its status."""
    writer.write(request + b" HTTP/1.1\r\nHost: localhost:%d\r\n" % writer.get_extra_info("peername")[1])
    writer.write(b"Content-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [line for line in head.lower().splitlines() if line.startswith(b"content-length:")]
    await reader.readexactly(int(lengths[0].split(b":")[1]) if lengths else 0)
    return int(head.split(b" ", 2)[1])


async def _half_sent(port: int) -> asyncio.StreamWriter:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    head = b"POST /invocations HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: text/plain\r\n" % port
    writer.write(head + b"Content-Length: 100000\r\n\r\nIt was")
    await writer.drain()
    return writer


def _memory(process: int) -> int:
    """Return the bytes of a process and its descendants; shared pages count once."""
    root = psutil.Process(process)
    return sum(each.memory_full_info().pss for each in (root, *root.children(recursive=True)))


def table(load: Load) -> str:
    """Return the figures as a Markdown table."""
    before, after = (size / 2**20 for size in load.memory)
    ordered = sorted(load.seconds)
    rows = [
        ("requests of one review, eight at a time", f"{load.requests:,}"),
        ("of them answered with 200", f"{load.right:,}"),
        ("median of an answer, ms", f"{1000 * statistics.median(ordered):.0f}"),
        ("95th percentile, ms", f"{1000 * ordered[int(0.95 * len(ordered))]:.0f}"),
        ("clients that have sent half a request meanwhile", f"{load.half_sent:,}"),
        ("longest ping meanwhile, ms", f"{1000 * max(load.pings):.0f}"),
        ("memory of all processes, after a tenth of the requests and at the end, MB", f"{before:.0f}, {after:.0f}"),
        ("growth of the memory", f"{after / before - 1:+.1%}"),
    ]
    return "\n".join(["| the container | |", "|---|---:|", *(f"| {name} | {value} |" for name, value in rows)])
