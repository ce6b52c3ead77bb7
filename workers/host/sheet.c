/* sheet.c - parts of a sheet, as korone-picture reads them (picture/sheet.h). */
#include <string.h>

#include "workers/module.h"

void sheet_text(struct file *sheet, const char *name, const char *text)
{
	file_add(sheet, "%s %zu\n%s\n", name, strlen(text), text);
}

void sheet_file(struct file *sheet, const char *name, const struct file *picture)
{
	const void *bytes = file_bytes(picture);

	if (file_error(picture)[0])
		return;
	file_add(sheet, "%s %lld\n", name, (long long)file_size(picture));
	file_add_bytes(sheet, bytes, (size_t)file_size(picture));
	file_add(sheet, "\n");
}
