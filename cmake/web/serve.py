"""Serves a folder on 127.0.0.1 with the headers that shared memory needs.

serve.py FOLDER PORT [COMMAND...]    PORT 0: any free one; COMMAND runs behind the server and ends with it.
"""
import functools
import http.server
import os
import signal
import subprocess
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".wasm": "application/wasm", ".js": "text/javascript", ".mjs": "text/javascript",
        ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml",
    }

    def end_headers(self):
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *args):
        pass


def main():
    folder, port, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), functools.partial(Handler, directory=folder))
    except (OSError, OverflowError) as error:
        sys.exit(f"rivulet: cannot listen on port {port}: {error} (try ./run --port N)")
    print(f"Rivulet is at http://127.0.0.1:{server.server_port}/  (Ctrl-C stops it)", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    behind = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True) if command else None
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        if behind and behind.poll() is None:
            os.killpg(behind.pid, signal.SIGTERM)


main()
