"""Scripts end with an exit code and one sentence, and end in an orderly way when asked to stop."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sentiment.errors import NO_MEMORY, TableError
from sentiment.system.command import of_module, resumable, run, run_to_end, stoppable
from tests.support.waiting import until


def ending(main, capsys) -> tuple[object, str]:
    with pytest.raises(SystemExit) as left:
        run(main)
    return left.value.code, capsys.readouterr().err


def raising(error: BaseException):
    def main() -> int:
        raise error

    return main


def test_the_exit_code_is_that_of_main(capsys):
    assert ending(lambda: 0, capsys) == (0, "")
    assert ending(lambda: 143, capsys) == (143, "")


def test_bad_input_is_one_sentence_and_exit_code_2(capsys):
    assert ending(raising(TableError("Line 3 is odd.")), capsys) == (2, "Line 3 is odd.\n")
    assert ending(raising(PermissionError(13, "Permission denied", "/a/b")), capsys) == (
        2,
        "/a/b could not be read or written. This account may not use it: change its permissions, or choose another "
        "place.\n",
    )


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory: you tried to"),
        RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        ImportError("libtorch_cpu.so: failed to map segment from shared object"),
    ],
    ids=str,
)
def test_too_little_memory_is_a_sentence(capsys, error):
    assert ending(raising(error), capsys) == (2, f"{NO_MEMORY}\n")


def test_faults_of_the_program_keep_their_traceback():
    with pytest.raises(ZeroDivisionError):
        run(lambda: 1 // 0)
    with pytest.raises(RuntimeError, match="unexpected"):
        run(raising(RuntimeError("unexpected")))


def test_a_reader_that_leaves_early_is_no_error():
    program = (
        "import sys; from sentiment.system.command import run\n"
        "run(lambda: [sys.stdout.write('x' * 99 + '\\n') for _ in range(100_000)] and 0)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert child.stdout
    assert child.stderr
    child.stdout.readline()
    child.stdout.close()
    assert child.stderr.read() == b""
    assert child.wait() == 0


def test_sigterm_asks_to_stop_once_and_the_handler_goes_back():
    before = signal.getsignal(signal.SIGTERM)
    with stoppable() as request:
        assert not request.stop_requested
        os.kill(os.getpid(), signal.SIGTERM)
        assert request.stop_requested
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    assert signal.getsignal(signal.SIGTERM) == before


def test_the_exit_code_of_a_command_is_passed_on():
    with stoppable() as request:
        assert run_to_end([sys.executable, "-c", "raise SystemExit(7)"], request) == 7


def test_a_stop_is_passed_on_once_and_the_command_ends_in_its_own_time(tmp_path):
    ready = tmp_path / "ready"
    # A second SIGTERM would end a training before it has saved anything.
    child = (
        "import signal, sys, pathlib\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})\n"
        f"pathlib.Path({str(ready)!r}).touch()\n"
        "signal.sigwait({signal.SIGTERM})\n"
        "sys.exit(9 if signal.sigtimedwait({signal.SIGTERM}, 2.5) else 4)"
    )
    with stoppable() as request:
        asking = threading.Thread(target=lambda: until(ready.exists) and os.kill(os.getpid(), signal.SIGTERM))
        asking.start()
        assert run_to_end([sys.executable, "-c", child], request) == 4
        asking.join()


def test_an_interruption_states_whether_the_command_resumes(tmp_path):
    with pytest.raises(KeyboardInterrupt, match="no checkpoint yet"), resumable(tmp_path / "none"):
        raise KeyboardInterrupt
    (tmp_path / "state.pt").touch()
    with pytest.raises(KeyboardInterrupt, match=f"resume from {tmp_path}"), resumable(tmp_path):
        raise KeyboardInterrupt


def test_files_in_the_working_directory_are_not_taken_for_the_standard_library(tmp_path):
    for name in ("types", "json", "socket", "logging"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(7)")
    assert subprocess.run(of_module("json.tool"), input=b"{}", cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("stderr", ["unread", "closed", "full"])
def test_work_is_done_although_nobody_receives_its_messages(tmp_path, stderr):
    done = tmp_path / "done"
    program = (
        "import sys; from pathlib import Path; from sentiment.system.command import run\n"
        f"run(lambda: [print('x' * 99, file=sys.stderr) for _ in range(2_000)] and Path({str(done)!r}).touch() or 0)"
    )
    shell = {"unread": "2>&1 | true", "closed": "2>&-", "full": "2>/dev/full"}[stderr]
    command = f'"{sys.executable}" -c "$PROGRAM" {shell}'
    subprocess.run(
        command, shell=True, cwd=Path(__file__).parents[2], env=os.environ | {"PROGRAM": program}, check=True
    )
    assert done.exists()
