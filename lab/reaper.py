"""Kills what the lab started, when the lab itself is gone.

Reads lines "+PID" and "-PID" from standard input. The end of the input means that our parent has ended, however it
ended: then every process still on the list is killed, with all that it started.
"""

import os
import signal
import sys


def children_of(parents):
    """Linux only: the processes whose parent is one of these."""
    found = set()
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="latin-1") as stat:
                # The name in brackets may hold spaces; state and parent follow it.
                parent = int(stat.read().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent in parents:
            found.add(int(name))
    return found


def with_descendants(pids):
    everything, newest = set(pids), set(pids)
    while newest:
        newest = children_of(newest) - everything
        everything |= newest
    return everything


def main():
    watched = set()
    for line in sys.stdin:
        change, pid = line[0], int(line[1:])
        if change == "+":
            watched.add(pid)
        else:
            watched.discard(pid)
    for pid in with_descendants(watched):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


main()
