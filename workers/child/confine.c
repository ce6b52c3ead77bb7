/* confine.c - what a child needs, and what no child does.
 *
 * The system calls are those that name another process, start a program, or change the machine, its
 * mounts or the owner and mode of files; Landlock does not see the last. They are listed by what
 * they do: what is not listed is allowed, so that a new libc or a library of a module works. */
#include "workers/child/confine.h"

#include <errno.h>
#include <asm/sockios.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/call_filter.h"
#include "common/walls.h"
#include "common/xalloc.h"
#include "workers/module.h"
#include "workers/storage/pool_storage.h"
#include "workers/wire/places.h"

/* --- system calls ----------------------------------------------------------------------------- */

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

static const struct call_policy policy = {
	.rules = refused,
	.count = COUNT_OF(refused),
	.otherwise = CALL_ALLOW,
};

/* --- files ------------------------------------------------------------------------------------ */

/* Libraries that are loaded late (of names and of character sets), the resolver, certificates, time
 * zones. */
static const char *const readable[] = {
	"/lib",
	"/lib64",
	"/usr/lib",
	"/usr/lib64",
	"/usr/local/lib",
	"/usr/share",
	"/etc/ld.so.cache",
	"/etc/resolv.conf",
	"/etc/hosts",
	"/etc/host.conf",
	"/etc/gai.conf",
	"/etc/nsswitch.conf",
	"/etc/services",
	"/etc/protocols",
	"/etc/passwd",
	"/etc/localtime",
	"/etc/krb5.conf",
	"/etc/ssl/certs",
	"/etc/ssl/cert.pem",
	"/etc/ssl/openssl.cnf",
	"/usr/local/share/ca-certificates",
	"/etc/pki/ca-trust/extracted",
	"/etc/pki/tls/cert.pem",
	"/etc/pki/tls/certs",
	"/etc/pki/tls/openssl.cnf",
	"/etc/crypto-policies",
	/* Where /etc/resolv.conf often leads, and is replaced. */
	"/run/systemd/resolve",
	"/run/NetworkManager/resolv.conf",
	"/run/resolvconf",
	"/sys/devices/system/cpu",
	"/dev/urandom",
	"/dev/random",
	"/dev/zero",
};

/* Where an operator has put some of these: openssl-env(7), kerberos(7), environ(7). */
static const char *const named_by_environment[] = {
	"SSL_CERT_FILE", "SSL_CERT_DIR",       "OPENSSL_CONF", "KRB5_CONFIG",
	"KRB5CCNAME",    "KRB5_CLIENT_KTNAME", "HOSTALIASES",  "TZDIR",
};

struct seen {
	dev_t device;
	ino_t inode;
};

struct confinement {
	struct landlock_paths paths;
	struct seen *seen; /* for each path */
	int rules;         /* of Landlock, for all children: making them takes longer than a fork */
	struct why missing; /* why there are none */
	struct call_filter *calls;
};

static void add_module_files(struct landlock_paths *paths, const struct module *module)
{
	for (const char *const *path = module->reads; path && *path; path++)
		landlock_add(paths, *path, LANDLOCK_READ);
	for (const char *const *path = module->writes; path && *path; path++)
		landlock_add(paths, *path, LANDLOCK_WRITE);
}

static void add_named_files(struct landlock_paths *paths)
{
	for (size_t i = 0; i < COUNT_OF(named_by_environment); i++) {
		const char *path = getenv(named_by_environment[i]);

		/* Kerberos puts "FILE:" before a path. */
		path = path ? strchr(path, '/') : NULL;
		if (path)
			landlock_add(paths, path, LANDLOCK_READ);
	}
}

/* Zeros when there is none. */
static struct seen look_at(const char *path)
{
	struct stat status = { 0 };

	(void)!stat(path, &status);
	return (struct seen) { status.st_dev, status.st_ino };
}

static void make_rules(struct confinement *confinement)
{
	if (confinement->rules >= 0)
		close(confinement->rules);
	confinement->rules = landlock_make(&confinement->paths, &confinement->missing);
}

bool confinement_has_changed(struct confinement *confinement)
{
	bool has_changed = false;

	for (size_t i = 0; i < confinement->paths.count; i++) {
		struct seen now = look_at(confinement->paths.all[i].path);
		struct seen *before = &confinement->seen[i];

		has_changed |= now.device != before->device || now.inode != before->inode;
		*before = now;
	}
	if (has_changed)
		make_rules(confinement);
	return has_changed;
}

struct confinement *confinement_create(const struct host *host, const struct settings *settings)
{
	struct confinement *confinement = xcalloc(1, sizeof(*confinement));
	struct landlock_paths *paths = &confinement->paths;
	char files[PATH_MAX];

	for (size_t i = 0; i < COUNT_OF(readable); i++)
		landlock_add(paths, readable[i], LANDLOCK_READ);
	/* Its own memory map, for the capture of a crash. */
	landlock_add(paths, "/proc", LANDLOCK_OPEN);
	landlock_add(paths, "/dev/null", LANDLOCK_WRITE);
	add_named_files(paths);
	place_of_files(settings, files, sizeof(files));
	landlock_add(paths, files, LANDLOCK_WRITE);
	pool_storage_list_files(settings, paths);
	for (const struct module *const *at = host_modules(host); *at; at++)
		add_module_files(paths, *at);
	confinement->seen = xcalloc(paths->count, sizeof(*confinement->seen));
	confinement->calls = call_filter_create(&policy);
	confinement->rules = -1;
	(void)confinement_has_changed(confinement); /* from nothing, so that the rules are made */
	return confinement;
}

void confinement_destroy(struct confinement *confinement)
{
	if (!confinement)
		return;
	if (confinement->rules >= 0)
		close(confinement->rules);
	call_filter_destroy(confinement->calls);
	landlock_finish(&confinement->paths);
	free(confinement->seen);
	free(confinement);
}

/* --- all together ----------------------------------------------------------------------------- */

/* Of root's, where a pool is run by root: only what opens sockets of other users, which Landlock
 * limits to the files above. */
static void drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, sets) != 0)
		return;
	for (size_t i = 0; i < COUNT_OF(sets); i++) {
		const uint32_t kept = i == 0 ? 1u << CAP_DAC_OVERRIDE : 0;

		sets[i].permitted &= kept;
		sets[i].effective &= kept;
		sets[i].inheritable = 0;
	}
	(void)syscall(SYS_capset, &header, sets);
}

uint32_t confinement_apply(const struct confinement *confinement, struct why *why)
{
	struct why files = { "" }, calls = { "" };
	uint32_t walls = 0;

	drop_capabilities();
	if (confinement->rules < 0)
		files = confinement->missing;
	else if (landlock_enter(confinement->rules, &files))
		walls |= 1u << WALL_FILES;
	if (confinement->rules >= 0)
		close(confinement->rules);
	if (call_filter_install(confinement->calls, &calls))
		walls |= 1u << WALL_CALLS;
	why_set(why, "%s%s%s", files.text, files.text[0] && calls.text[0] ? "; " : "", calls.text);
	return walls;
}
