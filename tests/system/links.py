"""The keys of the links between the processes, for tests that play one of them."""

import os
import time

import zmq

NAME = "links.key"


def key_of(path):
    """(public, secret) of the key that guards the socket at `path`. Waits for it."""
    file = os.path.join(os.path.dirname(path), NAME)
    deadline = time.monotonic() + 10
    while not os.path.exists(file) and time.monotonic() < deadline:
        time.sleep(0.02)
    with open(file, "rb") as opened:
        secret = opened.read().strip()
    return zmq.curve_public(secret), secret


def connect(socket, path):
    """A link to the socket at `path`, as our programs make it."""
    public, secret = key_of(path)
    socket.curve_serverkey, socket.curve_publickey, socket.curve_secretkey = public, public, secret
    socket.connect("ipc://" + path)


def make_key(directory):
    """As the binding side makes it, if there is none."""
    file = os.path.join(directory, NAME)
    if not os.path.exists(file):
        with open(os.open(file + ".new", os.O_WRONLY | os.O_CREAT, 0o600), "wb") as opened:
            opened.write(zmq.curve_keypair()[1] + b"\n")
        os.rename(file + ".new", file)


def bind(socket, path):
    """The binding side, which lets in who has the key."""
    make_key(os.path.dirname(path))
    socket.curve_secretkey = key_of(path)[1]
    socket.curve_server = True
    socket.bind("ipc://" + path)
