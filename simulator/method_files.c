#include "simulator/method_files.h"

#include "simulator/call_answer.h"
#include "simulator/files.h"
#include "simulator/media.h"
#include "simulator/sim.h"

void method_get_file(struct call *call)
{
	struct files *files = &call->sim->files;
	struct stored_file *file = files_find(files, parameters_text(call->parameters, "file_id"));
	char path[FILE_PATH_SIZE];
	struct why why;

	if (!file) {
		call_fail(call, 400, "Bad Request: invalid file_id");
		return;
	}
	if (!files->local && file->size > MEDIA_DOWNLOAD_MAX) {
		call_fail(call, 400, "Bad Request: file is too big");
		return;
	}
	if (files->local && !files_put_on_disk(files, file, &why)) {
		call_fail(call, 400,
			  "Bad Request: wrong file_id or the file is temporarily unavailable");
		return;
	}
	file_path(file, path);
	json_object_start(&call->result);
	file_write(&call->result, file);
	json_key_text(&call->result, "file_path", files->local ? file->disk_path : path);
	json_object_end(&call->result);
}

/* A local server has no downloads: the bot reads the disk. */
void files_answer(struct sim *sim, struct exchange *exchange, const char *path)
{
	struct stored_file *file = sim->files.local ? NULL : files_find_path(&sim->files, path);
	struct buffer bytes = { 0 };

	if (!file || file->size > MEDIA_DOWNLOAD_MAX) {
		call_answer_error(sim, exchange, 404, "Not Found", 0);
		return;
	}
	file_read_bytes(file, &bytes);
	exchange_answer(exchange, &(struct answer) { .status = 200,
						     .content_type = "application/octet-stream",
						     .body = buffer_unread(&bytes),
						     .size = buffer_unread_size(&bytes) });
	buffer_finish(&bytes);
}
