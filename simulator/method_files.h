/* method_files.h - getFile, and the files themselves at /file/botTOKEN/PATH. */
#ifndef SIMULATOR_METHOD_FILES_H
#define SIMULATOR_METHOD_FILES_H

#include "simulator/call.h"

method_fn method_get_file;

/* Answers a download; `path` as getFile gave it. */
void files_answer(struct sim *sim, struct exchange *exchange, const char *path);

#endif
