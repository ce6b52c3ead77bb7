/* signal_name.h - names of signals. */
#ifndef COMMON_SIGNAL_NAME_H
#define COMMON_SIGNAL_NAME_H

/* "SIGSEGV"; NULL for a number that has no name of its own (signal(7)). */
const char *signal_name(int signo);

#endif
