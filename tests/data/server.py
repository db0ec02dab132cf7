"""A file server on loopback that can misbehave."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Files(ThreadingHTTPServer):
    """files: path to bytes. ranges: whether parts can be asked for. cut: bytes after which each answer so far breaks
    off, first in, first out. asked: (path, Range header) of each request."""

    def __init__(self, files: dict[str, bytes]):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.ranges, self.cut, self.asked, self.status = files, True, [], [], None

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{path}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server, path, wanted = self.server, self.path[1:], self.headers.get("Range")
        server.asked.append((path, wanted))
        if server.status or path not in server.files:
            return self.send_error(server.status or 404)
        data, start = server.files[path], 0
        if wanted and server.ranges:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(data):
                return self.send_error(416)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        rest = data[start:]
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        most = server.cut.pop(0) if server.cut else len(rest)
        self.wfile.write(rest[:most])
        self.close_connection = True

    def log_message(self, *_):
        pass


@contextmanager
def serving(files: dict[str, bytes]):
    server = Files(files)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
