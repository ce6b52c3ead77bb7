/* fetcher.h - the process that fetches from the web for the handlers of a pool. It is executed anew
 * and knows no token, no database and no Redis: only the hosts of the modules, and their keys. */
#ifndef WORKERS_FETCHER_FETCHER_H
#define WORKERS_FETCHER_FETCHER_H

/* The whole life of the program when it is started with FETCHER_OPTION. Returns the exit code. */
int fetcher_main(void);

#endif
