/* files.c - the list, for the distributions that we know. */
#include "workers/walls/files.h"

#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

static const char *const readable[] = {
	"/lib",
	"/lib64",
	"/usr/lib",
	"/usr/lib64",
	"/usr/local/lib",
	"/etc/ld.so.cache",
	"/etc/resolv.conf",
	"/etc/hosts",
	"/etc/host.conf",
	"/etc/gai.conf",
	"/etc/nsswitch.conf",
	"/etc/services",
	"/etc/protocols",
	"/etc/ssl/certs",
	"/etc/ssl/cert.pem",
	"/etc/ssl/openssl.cnf",
	"/usr/share/ca-certificates",
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

/* Where an operator has put some of these: openssl-env(7), environ(7). */
static const char *const named_by_environment[] = {
	"SSL_CERT_FILE",
	"SSL_CERT_DIR",
	"OPENSSL_CONF",
	"HOSTALIASES",
};

void walls_add_system_files(struct landlock_paths *paths)
{
	for (size_t i = 0; i < COUNT_OF(readable); i++)
		landlock_add(paths, readable[i], LANDLOCK_READ);
	for (size_t i = 0; i < COUNT_OF(named_by_environment); i++) {
		const char *path = getenv(named_by_environment[i]);

		if (path && path[0] == '/')
			landlock_add(paths, path, LANDLOCK_READ);
	}
	landlock_add(paths, "/proc", LANDLOCK_OPEN);
	landlock_add(paths, "/dev/null", LANDLOCK_WRITE);
}
