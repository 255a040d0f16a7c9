"""The AWS CLI, loaded once: every connection is answered by a copy of this process that runs `aws` one time.

Its argument is the path of a socket to make.

A connection sends a line of JSON: the folder to stand in, variables, and arguments as a shell reads them. It gets what the
program says, a zero byte, and the exit code.
"""

import json
import mimetypes
import os
import shlex
import socketserver
import sys

import awscli.clidriver
import awscli.customizations.s3.s3
import s3transfer.manager  # noqa: F401  What an upload needs is loaded before the first, too.

# Files of this machine would add types to Python's own.
mimetypes.knownfiles.clear()


class Run(socketserver.StreamRequestHandler):
    def handle(self):
        request = json.loads(self.rfile.readline())
        os.chdir(request["folder"])
        os.environ.update(request["variables"])
        sys.argv = ["aws", *shlex.split(request["arguments"])]
        for output in (1, 2):
            os.dup2(self.connection.fileno(), output)
        try:
            code = awscli.clidriver.main()
        except SystemExit as exit:
            code = exit.code
        sys.stdout.flush()
        sys.stderr.flush()
        self.wfile.write(b"\0%d" % (code or 0))


class Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    pass


with Server(sys.argv[1], Run) as server:
    print("ready", flush=True)
    server.serve_forever()
