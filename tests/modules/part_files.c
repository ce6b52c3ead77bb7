/* part_files.c - files of messages that the bot gets from Telegram, by their file ids:
 *
 *     file notes.pdf holds: one
 *       | two
 *     file cat.jpg is tests/modules/cat.jpg
 *     file film.mp4 is too large                     also "is gone", "does not come" */
#include <string.h>
#include <unistd.h>

#include "common/files.h"
#include "common/log.h"
#include "tests/modules/conversation.h"
#include "tests/modules/part.h"
#include "tests/modules/script.h"
#include "tests/modules/telegram.h"
#include "tests/modules/transcript.h"

#define FILES_MAX 32
#define FILE_SIZE_MAX (1u << 20)

struct held_files {
	struct held_file {
		const char *id;
		const char *bytes; /* NULL: it cannot be had */
		size_t size;
		int code; /* of the refusal; 0: no answer */
	} all[FILES_MAX];
	size_t count;
};

static struct held_file *find_file(struct conversation *conversation, const char *id)
{
	struct held_files *files = conversation->files;

	for (size_t i = 0; files && i < files->count; i++)
		if (strcmp(files->all[i].id, id) == 0)
			return &files->all[i];
	return NULL;
}

static struct held_file *add_file(struct conversation *conversation, const char *id)
{
	struct held_file *file = find_file(conversation, id);

	if (!conversation->files)
		conversation->files = arena_alloc(&conversation->world.arena,
						  sizeof(*conversation->files));
	if (file)
		return file;
	if (conversation->files->count == FILES_MAX)
		panic("more than %d files in a conversation", FILES_MAX);
	file = &conversation->files->all[conversation->files->count++];
	file->id = id;
	return file;
}

static bool read_held(struct conversation *conversation, struct held_file *file, const char *path,
		      struct why *why)
{
	struct buffer bytes = { 0 };
	bool ok = file_read(path, FILE_SIZE_MAX, &bytes, why);

	if (ok) {
		file->size = buffer_unread_size(&bytes);
		file->bytes = arena_memdup(&conversation->world.arena, buffer_text(&bytes),
					   file->size + 1);
	}
	buffer_finish(&bytes);
	return ok;
}

static bool hold(struct conversation *conversation, const char *rest, struct why *why)
{
	static const struct {
		const char *words;
		int code;
	} troubles[] = { { "is too large", 413 }, { "is gone", 410 }, { "does not come", 0 } };
	struct arena *arena = &conversation->world.arena;
	struct held_file *file = add_file(conversation,
					  take_word(&conversation->world, &rest, " "));

	*file = (struct held_file) { .id = file->id };
	for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++)
		if (strcmp(troubles[i].words, rest) == 0) {
			file->code = troubles[i].code;
			return true;
		}
	if (take(&rest, "holds:")) {
		file->bytes = arena_strdup(arena, rest);
		file->size = strlen(rest);
		return true;
	}
	if (take(&rest, "is "))
		return read_held(conversation, file, rest, why);
	return why_set(why,
		       "a file \"holds: text\", \"is PATH\", \"is too large\", \"is gone\" or "
		       "\"does not come\"; not \"%s\"",
		       rest);
}

/* workers/sender/download.h */
static void answer_download(struct conversation *conversation, const struct call *call,
			    const json_t *body, struct arena *arena, struct call_result *out)
{
	const char *id = print_string(body, "file_id");
	const struct held_file *file = find_file(conversation, id);

	*out = (struct call_result) { .status = CALL_FAILED };
	if (!file)
		conversation_fault(conversation, "nothing says what the file %s holds", id);
	else if (file->bytes && write_all(call->files[0].descriptor, file->bytes, file->size))
		*out = telegram_result(arena_printf(arena, "{\"name\":\"%s\"}", id));
	else if (file->code)
		*out = telegram_result(arena_printf(arena, "refuses %d no file", file->code));
}

static const struct line lines[] = { { "file ", hold }, { 0 } };

static const struct answered answered[] = { { CALL_DOWNLOAD, answer_download }, { 0 } };

const struct part files_part = { .lines = lines, .answered = answered };
