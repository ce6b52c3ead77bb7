/* calls.c - what no handler and no fetcher does.
 *
 * The system calls are those that name another process, start a program, or change the machine, its
 * mounts or the owner and mode of files; Landlock does not see the last. They are listed by what
 * they do: what is not listed is allowed, so that a new libc or a library of a module works. */
#include "workers/walls/calls.h"

#include <asm/sockios.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/xalloc.h"

/* What others are signalled, watched or billed by. */
static const uint32_t owners_of_descriptors[] = { F_SETOWN, F_SETOWN_EX };
/* The same, and what types on a terminal. */
static const uint32_t owners_of_devices[] = { FIOSETOWN, SIOCSPGRP, TIOCSTI, TIOCSPGRP };
/* New namespaces; children of the nursery, which it would take for its own. */
static const uint32_t kinds_of_copies[] = { CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
					    CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
					    CLONE_NEWNET | CLONE_PARENT | CLONE_PTRACE };
#ifndef PR_SCHED_CORE
#define PR_SCHED_CORE 62
#endif
static const uint32_t process_options[] = { PR_SET_DUMPABLE, PR_SET_PTRACER, PR_SET_MM,
					    PR_SCHED_CORE };

/* Newer than some C libraries; the numbers are those of every machine (asm-generic/unistd.h). */
#ifndef SYS_quotactl_fd
#define SYS_quotactl_fd 443
#endif
#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif

#define REFUSE(call)                                      \
	{                                                 \
		.number = SYS_##call, .kind = CALL_REFUSE \
	}
#define OF_ITSELF(call)                                      \
	{                                                    \
		.number = SYS_##call, .kind = CALL_OF_ITSELF \
	}
#define OF_CALLER(call)                                      \
	{                                                    \
		.number = SYS_##call, .kind = CALL_OF_CALLER \
	}
#define WITHOUT(call, where, list)                                                      \
	{                                                                               \
		.number = SYS_##call, .kind = CALL_WITHOUT_VALUES, .argument = (where), \
		.values = (list), .values_count = COUNT_OF(list)                        \
	}

static const struct call_rule refused[] = {
	/* Another process. raise(), abort() and the capture of a crash send to this one. */
	OF_ITSELF(kill),
	OF_ITSELF(tgkill),
	OF_ITSELF(rt_sigqueueinfo),
	OF_ITSELF(rt_tgsigqueueinfo),
	OF_ITSELF(process_vm_readv),
	OF_ITSELF(tkill),
	REFUSE(process_vm_writev),
	REFUSE(process_madvise),
	REFUSE(process_mrelease),
	REFUSE(pidfd_open),
	REFUSE(pidfd_getfd),
	REFUSE(pidfd_send_signal),
	REFUSE(ptrace),
	REFUSE(kcmp),
	REFUSE(get_robust_list),
	REFUSE(migrate_pages),
	REFUSE(move_pages),
	REFUSE(setpgid),
	REFUSE(setsid),
	REFUSE(setpriority),
	REFUSE(ioprio_set),
	OF_CALLER(prlimit64),
	OF_CALLER(sched_setparam),
	OF_CALLER(sched_setscheduler),
	OF_CALLER(sched_setattr),
	OF_CALLER(sched_setaffinity),
	REFUSE(flock), /* the session lock, which is inherited, keeps other pools out */
	WITHOUT(fcntl, 1, owners_of_descriptors),
	WITHOUT(ioctl, 1, owners_of_devices),
	WITHOUT(prctl, 0, process_options),
	/* Messages, semaphores and memory that every process of the user can open by a number. */
	REFUSE(msgget),
	REFUSE(msgsnd),
	REFUSE(msgrcv),
	REFUSE(msgctl),
	REFUSE(semget),
	REFUSE(semop),
	REFUSE(semtimedop),
	REFUSE(semctl),
	REFUSE(shmget),
	REFUSE(shmat),
	REFUSE(shmctl),
	REFUSE(mq_open),
	REFUSE(mq_unlink),
	/* Another program, another user. */
	REFUSE(execve),
	REFUSE(execveat),
	REFUSE(setuid),
	REFUSE(setgid),
	REFUSE(setreuid),
	REFUSE(setregid),
	REFUSE(setresuid),
	REFUSE(setresgid),
	REFUSE(setfsuid),
	REFUSE(setfsgid),
	REFUSE(setgroups),
	REFUSE(capset),
	REFUSE(personality),
	/* A server of its own, in the place of one that restarts. */
	REFUSE(listen),
	/* Files by what Landlock does not see. */
	REFUSE(truncate),
	REFUSE(fchmod),
	REFUSE(fchmodat),
	REFUSE(fchown),
	REFUSE(fchownat),
	REFUSE(utimensat),
	REFUSE(setxattr),
	REFUSE(lsetxattr),
	REFUSE(fsetxattr),
	REFUSE(removexattr),
	REFUSE(lremovexattr),
	REFUSE(fremovexattr),
	REFUSE(open_by_handle_at),
	REFUSE(fanotify_init),
#if defined(__x86_64__)
	REFUSE(chmod),
	REFUSE(chown),
	REFUSE(lchown),
	REFUSE(utime),
	REFUSE(utimes),
	REFUSE(futimesat),
#endif
	/* Mounts and namespaces. clone3() hides its flags in memory; libc then uses clone(). */
	REFUSE(mount),
	REFUSE(umount2),
	REFUSE(pivot_root),
	REFUSE(chroot),
	REFUSE(move_mount),
	REFUSE(open_tree),
	REFUSE(mount_setattr),
	REFUSE(fsopen),
	REFUSE(fsconfig),
	REFUSE(fsmount),
	REFUSE(fspick),
	REFUSE(unshare),
	REFUSE(setns),
	{ .number = SYS_clone, .kind = CALL_WITHOUT_BITS, .values = kinds_of_copies },
	{ .number = SYS_clone3, .kind = CALL_UNKNOWN },
	/* Parts of the kernel that are rarely needed and often broken. */
	REFUSE(bpf),
	REFUSE(perf_event_open),
	REFUSE(userfaultfd),
	REFUSE(io_uring_setup),
	REFUSE(io_uring_enter),
	REFUSE(io_uring_register),
	REFUSE(add_key),
	REFUSE(request_key),
	REFUSE(keyctl),
	/* The machine. */
	REFUSE(acct),
	REFUSE(adjtimex),
	REFUSE(clock_adjtime),
	REFUSE(clock_settime),
	REFUSE(settimeofday),
	REFUSE(sethostname),
	REFUSE(setdomainname),
	REFUSE(init_module),
	REFUSE(finit_module),
	REFUSE(delete_module),
	REFUSE(kexec_load),
	REFUSE(reboot),
	REFUSE(swapon),
	REFUSE(swapoff),
	REFUSE(quotactl),
	REFUSE(quotactl_fd),
	REFUSE(syslog),
	REFUSE(vhangup),
#if defined(__x86_64__)
	REFUSE(kexec_file_load),
	REFUSE(iopl),
	REFUSE(ioperm),
	REFUSE(modify_ldt),
#endif
};

const struct call_policy walls_calls = {
	.rules = refused,
	.count = COUNT_OF(refused),
	.otherwise = CALL_ALLOW,
};

static void drop_all_but(uint32_t kept)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, sets) != 0)
		return;
	for (size_t i = 0; i < COUNT_OF(sets); i++) {
		sets[i].permitted &= i == 0 ? kept : 0;
		sets[i].effective &= i == 0 ? kept : 0;
		sets[i].inheritable = 0;
	}
	(void)syscall(SYS_capset, &header, sets);
}

void walls_drop_capabilities(void)
{
	drop_all_but(1u << CAP_DAC_OVERRIDE);
}

void walls_drop_all_capabilities(void)
{
	drop_all_but(0);
}
