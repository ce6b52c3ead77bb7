"""What a handler that was taken over tries: ways of modules/hostile.c, bare (test_walls.py), under the
units and in a container (tests/deploy)."""

# What a process has that others may not see.
CLOSED = ("mem", "maps", "environ", "fd", "cwd/.", "root/etc/passwd", "exe", "pagemap")
# With the pid of another process.
AGAINST_PROCESSES = ("kill", "tgkill", "sigqueue", "ptrace", "process_vm_readv", "pidfd_open", "prlimit",
                     "setpriority", "sched_setaffinity", "F_SETOWN")
# With nothing.
AGAINST_ALL = ("killall", "exec /bin/true", "exec /usr/bin/python3", "setsid", "dumpable", "unshare",
               "mount", "listen", "shmget", "io_uring", "unlock")
