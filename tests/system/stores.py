"""A private Postgres and Redis in a directory: unix sockets only, unprivileged."""

import contextlib
import glob
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import psycopg2
import redis


def wait_for(condition, timeout, what):
    """Polls until condition() is true and returns its value. Fails with `what` after `timeout`
    seconds."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {what}")
        time.sleep(0.01)


def redis_server(directory):
    """The server's program. Debian's redis-tools has it under the name of a tool, without the
    service that redis-server would add; it behaves according to the name it is called by."""
    program = shutil.which("redis-server")
    if not program:
        program = f"{directory}/redis-server"
        if not os.path.lexists(program):
            os.symlink(shutil.which("redis-check-rdb"), program)
    return program


def unprivileged():
    """What to put before a command so that Postgres, which refuses root, will run."""
    if os.getuid() != 0:
        return []
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
            "--inh-caps=-all", "--no-new-privs"]


def memory(directory="/dev/shm", enough=1 << 30):
    """A file system in memory with room for several clusters, or None."""
    try:
        return directory if shutil.disk_usage(directory).free >= enough else None
    except OSError:
        return None


class Stores:
    place = "/tmp"
    original = None  # a cluster's directory, to be copied

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="korone-stores-", dir=self.place)
        os.chmod(self.dir, 0o711)
        if os.getuid() == 0:
            shutil.chown(self.dir, "nobody", "nogroup")
        self.bin = (os.environ.get("KORONE_TEST_POSTGRES") or
                    sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
        self.data = self.dir + "/pg"
        self.redis_process = None
        if Stores.original:
            self.copy_cluster()
        else:
            self.make_cluster()
        self.start_redis()

    @classmethod
    @contextlib.contextmanager
    def copied(cls):
        """Inside, clusters are copies of one that is created first, in memory if there is room: a
        test should take less time than initdb."""
        cls.place = memory() or cls.place
        first = cls()
        first.stop_redis()
        first.stop_postgres()
        cls.original = first.data
        try:
            yield
        finally:
            first.close()

    def make_cluster(self):
        self.run("initdb", "-D", self.data, "-U", "app", "-A", "trust", "-E", "UTF8",
                 "--locale=C.UTF-8", "--no-sync")
        self.start_postgres()
        connection = self.connect("postgres")
        connection.cursor().execute("CREATE DATABASE appdb")
        connection.close()

    def copy_cluster(self):
        subprocess.run([*unprivileged(), "cp", "-a", "--sparse=always", self.original, self.data],
                       check=True)
        self.start_postgres()

    @property
    def database_url(self):
        return f"postgresql:///appdb?host={self.dir}&user=app"

    @property
    def redis_url(self):
        return f"unix://{self.dir}/redis.sock"

    def run(self, program, *arguments, check=True):
        return subprocess.run([*unprivileged(), f"{self.bin}/{program}", *arguments],
                              cwd=self.dir, check=check, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)

    def start_postgres(self):
        options = (f"-c listen_addresses='' -c unix_socket_directories={self.dir} -c fsync=off "
                   "-c shared_buffers=16MB -c max_connections=40 -c autovacuum=off")
        self.run("pg_ctl", "-D", self.data, "-w", "-t", "30", "-l", self.dir + "/pg.log",
                 "-o", options, "start")

    def stop_postgres(self, mode="fast"):
        self.run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop", check=False)

    def postmaster(self):
        with open(self.data + "/postmaster.pid") as file:
            return int(file.readline())

    def start_redis(self, *options):
        self.redis_process = subprocess.Popen(
            [*unprivileged(), redis_server(self.dir), "--port", "0", "--unixsocket",
             self.dir + "/redis.sock", "--unixsocketperm", "777", "--save", "",
             "--appendonly", "no", "--dir", self.dir, *options],
            cwd=self.dir, stdout=subprocess.DEVNULL)
        wait_for(self.redis_answers, 10, "Redis answers")

    def redis_answers(self):
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(self.dir + "/redis.sock")
                client.sendall(b"PING\r\n")
                return client.recv(16) == b"+PONG\r\n"
            except OSError:
                return False

    def stop_redis(self):
        if self.redis_process:
            self.redis_process.send_signal(signal.SIGKILL)
            self.redis_process.wait()
            self.redis_process = None

    def redis(self, password=None):
        return redis.Redis(unix_socket_path=self.dir + "/redis.sock", password=password)

    def connect(self, database="appdb"):
        connection = psycopg2.connect(host=self.dir, user="app", dbname=database)
        connection.autocommit = True
        return connection

    def query(self, sql, *values):
        connection = self.connect()
        try:
            cursor = connection.cursor()
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def close(self):
        self.stop_redis()
        self.stop_postgres("immediate")
        shutil.rmtree(self.dir, ignore_errors=True)
