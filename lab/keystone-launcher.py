"""Serves several Keystone nodes: imports Keystone once, then forks a child a node.

The only argument is a JSON file: {"nodes": [{"config", "port", "log", "user"}]}; "user" may be null. Ends, with all its
children, when its standard input does, so that no node outlives the program that started it.
"""

import json
import os
import pwd
import signal
import sys
import threading
import traceback

THREADS_A_NODE = 4


def read_nodes():
    with open(sys.argv[1], encoding="utf-8") as file:
        nodes = json.load(file)["nodes"]
    # Keystone parses the command line as its own.
    sys.argv = sys.argv[:1]
    return nodes


def with_access_log(application):
    """A line an answer, for those who count errors. Tokens travel in headers, so none gets into it."""

    def logged(environ, start_response):
        def note(status):
            print("access", status, environ["REQUEST_METHOD"], environ["PATH_INFO"], flush=True)

        def start(status, headers, exc_info=None):
            note(status[:3])
            return start_response(status, headers, exc_info)

        try:
            return application(environ, start)
        except Exception:
            # The server answers in its place.
            note(500)
            raise

    return logged


def without_last_activity():
    """Leaves out the one write of a login, the date of the user's last activity.

    The first logins of a day on several nodes would write it at once. Real deployments have a database server for that;
    SQLite answers "database is locked", which looks like a fault of the keys.
    """
    from keystone.identity.shadow_backends.sql import ShadowUsers

    ShadowUsers.set_last_active_at = lambda self, user_id: None


def become(user):
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def serve(node):
    log = os.open(node["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.environ["OS_KEYSTONE_CONFIG_FILES"] = node["config"]
    from keystone.server.wsgi import initialize_public_application
    from waitress import serve as listen

    without_last_activity()
    application = initialize_public_application()
    if node["user"]:
        become(node["user"])
    listen(with_access_log(application), host="127.0.0.1", port=node["port"], threads=THREADS_A_NODE)


def fork_node(node):
    pid = os.fork()
    if pid:
        return pid
    try:
        serve(node)
    except BaseException:
        traceback.print_exc()
    os._exit(1)


def end_with_parent(children):
    """Runs until the input ends."""
    while os.read(0, 4096):
        pass
    stop(children)


def stop(children):
    for pid in children:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    os._exit(0)


def main():
    nodes = read_nodes()
    # What takes the time, done once. Nothing here may open the database: a fork must not share its connections.
    import keystone.server.flask.application  # noqa: F401
    import keystone.server.wsgi  # noqa: F401
    import waitress  # noqa: F401

    children = [fork_node(node) for node in nodes]
    signal.signal(signal.SIGTERM, lambda *_: stop(children))
    threading.Thread(target=end_with_parent, args=(children,), daemon=True).start()
    for pid in children:
        os.waitpid(pid, 0)


main()
