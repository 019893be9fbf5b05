"""Serve the built site on this machine, on the first free port from 8000."""

import errno
import signal
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SITE = Path(__file__).resolve().parent.parent / "_build" / "html"
PORTS = range(8000, 8100)


class Server(ThreadingHTTPServer):
    allow_reuse_address = sys.platform != "win32"  # there it would share a port that is in use
    daemon_threads = True


class Handler(SimpleHTTPRequestHandler):
    # Windows takes this type from its registry, which is often wrong.
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".js": "text/javascript"}

    def end_headers(self):
        self.send_header("Cache-Control", "no-cache")  # a rebuilt page shows on reload
        super().end_headers()

    def log_message(self, *arguments):
        pass


def bind(folder, ports=PORTS):
    """A server of the folder on the first free port."""
    for port in ports:
        try:
            return Server(("127.0.0.1", port), partial(Handler, directory=folder))
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
    sys.exit(f"No free port from {ports[0]} to {ports[-1]}: stop one of the servers there.")


def stop(signal_number, frame):
    sys.exit(0)


def main():
    if not (SITE / "index.html").exists():
        sys.exit("The site is not built yet: run make book.")
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    with bind(SITE) as server:
        print(f"The book is at http://127.0.0.1:{server.server_port}/  (Ctrl-C stops)", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
