/* confined.c - runs a program with as few rights as in a container: as nobody, without capabilities
 * or a way to gain any, with everything except one directory read-only, and under Docker's default
 * system call filter (docs.docker.com/engine/security/seccomp). Needs root.
 *
 *   confined [--without-landlock] DIRECTORY PROGRAM [ARGUMENT…]
 *
 * Without Landlock it is as under a kernel, or a container's filter, that does not have it.
 */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/xalloc.h"

#define NOBODY 65534
#define NAMESPACES 0x7e020000u /* CLONE_NEW… */

/* What the default profile refuses to containers without capabilities. */
static const int refused[] = {
	SYS_acct,
	SYS_add_key,
	SYS_bpf,
	SYS_clock_adjtime,
	SYS_clock_settime,
	SYS_delete_module,
	SYS_fanotify_init,
	SYS_finit_module,
	SYS_fsconfig,
	SYS_fsmount,
	SYS_fsopen,
	SYS_get_mempolicy,
	SYS_init_module,
	SYS_io_uring_enter,
	SYS_io_uring_register,
	SYS_io_uring_setup,
	SYS_kcmp,
	SYS_kexec_load,
	SYS_keyctl,
	SYS_lookup_dcookie,
	SYS_mbind,
	SYS_mount,
	SYS_mount_setattr,
	SYS_move_mount,
	SYS_move_pages,
	SYS_nfsservctl,
	SYS_open_by_handle_at,
	SYS_open_tree,
	SYS_perf_event_open,
	SYS_pivot_root,
	SYS_quotactl,
	SYS_reboot,
	SYS_request_key,
	SYS_set_mempolicy,
	SYS_setdomainname,
	SYS_sethostname,
	SYS_setns,
	SYS_settimeofday,
	SYS_swapoff,
	SYS_swapon,
	SYS_syslog,
	SYS_umount2,
	SYS_unshare,
	SYS_userfaultfd,
	SYS_vhangup,
};

/* Appends to the filter program the result for system calls of this number. */
static size_t add_rule(struct sock_filter *filter, size_t at, int number, unsigned answer)
{
	filter[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0,
						    1);
	filter[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer);
	return at;
}

static const int of_landlock[] = {
	SYS_landlock_create_ruleset,
	SYS_landlock_add_rule,
	SYS_landlock_restrict_self,
};

static int filter_calls(bool with_landlock)
{
	const unsigned no = SECCOMP_RET_ERRNO | EPERM;
	struct sock_filter filter[2 * (COUNT_OF(refused) + COUNT_OF(of_landlock)) + 9] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		/* clone() says whether it makes namespaces; clone3()'s flags cannot be read. */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NAMESPACES, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, no),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	size_t used = add_rule(filter, 6, SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);

	for (size_t i = 0; i < COUNT_OF(refused); i++)
		used = add_rule(filter, used, refused[i], no);
	for (size_t i = 0; i < COUNT_OF(of_landlock) && !with_landlock; i++)
		used = add_rule(filter, used, of_landlock[i], SECCOMP_RET_ERRNO | ENOSYS);
	filter[used++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { (unsigned short)used, filter };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* A separate mount stays writable. */
static int make_read_only(const char *but)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount(but, but, NULL, MS_BIND, NULL))
		return -1;
	return mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
}

static int drop_rights(void)
{
	for (unsigned long cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) && errno != EINVAL)
			return -1;
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		return -1;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int main(int argc, char **argv)
{
	bool with_landlock = argc < 2 || strcmp(argv[1], "--without-landlock") != 0;
	char **at = argv + (with_landlock ? 1 : 2);

	if (argc < (with_landlock ? 3 : 4))
		return 64;
	if (make_read_only(at[0]) || drop_rights() || filter_calls(with_landlock)) {
		perror("confined");
		return 71;
	}
	execv(at[1], at + 1);
	perror(at[1]);
	return 72;
}
