"""Reads one key repository as Keystone does, in tight loops of several processes.

    reader.py REPOSITORY LIVE_TOKENS READERS

A read is Keystone's own: `TokenFormatter.unpack` lists and opens the repository with `FernetUtils` and decrypts one
token. LIVE_TOKENS holds the tokens that must be good now, one a line; it is replaced as a whole, before the repository
changes. A line on standard input is answered with the counts so far; all ends when the input does.
"""

import json
import logging
import multiprocessing
import os
import signal
import sys
import traceback

READS, UNRECOGNIZED, ERRORS = range(3)
COUNTS = 3


def live_tokens(file):
    with open(file, encoding="ascii") as lines:
        return lines.read().split()


def read_until(must_stop, live_file, counts, first):
    """A token that is refused counts only if it had to be good before the read began and after it ended.

    The list of after one read is the list of before the next. A key is live for one stretch of time, so a token that is
    in both lists had to be good all the while.
    """
    from keystone.exception import ValidationError
    from keystone.token.token_formatters import TokenFormatter

    formatter = TokenFormatter()
    live = live_tokens(live_file)
    while not must_stop():
        token = live[counts[first + READS] % len(live)]
        outcome = None
        try:
            formatter.unpack(token)
        except ValidationError:
            outcome = UNRECOGNIZED
        except Exception:
            outcome = ERRORS
        live = live_tokens(live_file)
        if outcome == ERRORS or (outcome == UNRECOGNIZED and token in live):
            counts[first + outcome] += 1
        counts[first + READS] += 1


def fork_reader(number, live_file, counts, stopping):
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        read_until(lambda: stopping.value or os.getppid() != parent, live_file, counts, number * COUNTS)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
    os._exit(1)


def end(pid):
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        pass


def answer(counts):
    totals = {
        "readsByReader": list(counts[READS::COUNTS]),
        "unrecognized": sum(counts[UNRECOGNIZED::COUNTS]),
        "errors": sum(counts[ERRORS::COUNTS]),
    }
    print(json.dumps(totals), flush=True)


def main():
    repository, live_file, readers = sys.argv[1], sys.argv[2], int(sys.argv[3])
    # A Ctrl-C at the terminal is our parent's to handle; it then closes our input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Keystone would log each of the many failures that some ways of writing cause.
    logging.disable(logging.CRITICAL)
    # What takes the time, done once for all.
    import keystone.conf
    import keystone.token.token_formatters  # noqa: F401

    keystone.conf.configure()
    keystone.conf.CONF([], default_config_files=[])
    keystone.conf.CONF.set_override("key_repository", repository, "fernet_tokens")

    counts = multiprocessing.RawArray("Q", readers * COUNTS)
    stopping = multiprocessing.RawValue("b", 0)
    pids = [fork_reader(number, live_file, counts, stopping) for number in range(readers)]
    for _ in sys.stdin:
        # A reader that died would be one that never sees a fault.
        if os.waitpid(-1, os.WNOHANG) != (0, 0):
            break
        answer(counts)
    stopping.value = 1
    for pid in pids:
        end(pid)


main()
