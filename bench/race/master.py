"""The key repository on which a peer rotates, before it pushes: with Keystone's own code.

    master.py REPOSITORY MAX_ACTIVE_KEYS

Makes the repository and fills it. Each line on standard input rotates it once, as `keystone-manage fernet_rotate` does,
which takes over a second to start. The answer is the list of its files, in the order in which Python lists them.
"""

import json
import os
import signal
import sys

HOUR = 3600


def set_age(repository, hour):
    """As if a rotation took place every hour.

    `rsync` takes files of one size and one second for equal, and here several rotations take place in a second.
    """
    os.utime(os.path.join(repository, "0"), (hour * HOUR, hour * HOUR))


def main():
    repository, max_active_keys = sys.argv[1], int(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from keystone.common.fernet_utils import FernetUtils

    utils = FernetUtils(repository, max_active_keys, "fernet_tokens")
    os.mkdir(repository, 0o700)
    utils.initialize_key_repository()
    set_age(repository, 0)
    while len(os.listdir(repository)) < max_active_keys:
        utils.rotate_keys()
        set_age(repository, len(os.listdir(repository)))
    print(json.dumps(os.listdir(repository)), flush=True)
    for hour, _ in enumerate(sys.stdin, start=max_active_keys + 1):
        utils.rotate_keys()
        set_age(repository, hour)
        print(json.dumps(os.listdir(repository)), flush=True)


main()
