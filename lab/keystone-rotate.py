"""`keystone-manage` with the arguments given, when a line comes on standard input.

Its start takes seconds, and whoever wants it to act at a certain moment has no seconds then.
"""

import sys

from keystone.cmd.manage import main

sys.argv[0] = "keystone-manage"
print("ready", flush=True)
if sys.stdin.readline():
    main()
