/* keys_carry.h - keys on their way between a tree that `koronectl keys deal` made and Secrets of
 * Kubernetes, of which each holds the directory of one process. */
#ifndef KORONECTL_KEYS_CARRY_H
#define KORONECTL_KEYS_CARRY_H

/* Both are actions of command_keys() and return an exit code; `role` is none. */

/* Copies from `from`, such a tree or one of mounted Secrets, what `directory` does not have. A
 * process that is not in it is left out. */
int keys_import(const char *directory, const char *from, const char *role);
/* Writes the tree to the file `path` (0600) as JSON: a list of the Secrets korone-keys-PROCESS. */
int keys_write_secrets(const char *directory, const char *path, const char *role);

#endif
