/* fuzz_symbolize.c - unwinding and symbolizing hostile input: registers, stack, memory map, build
 * ids, and the ELF file that the map names. The first byte selects the part that comes from the
 * input, the others are valid, and in its highest bit the machine. The result is encoded frames. */
#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/capture.h"
#include "crashd/frame.h"
#include "crashd/symbols.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/memory_directory.h"
#include "tests/unit/symbolize_here.h"

#define STACK_WORDS 64

enum part { PART_STACK, PART_MAPS, PART_MODULES, PART_REGISTERS, PART_ELF, PARTS };

/* Small, and there on every machine: the dynamic linker. */
#ifdef __aarch64__
#define PROGRAM "/lib/ld-linux-aarch64.so.1"
#else
#define PROGRAM "/lib64/ld-linux-x86-64.so.2"
#endif

static struct symbols *symbols;
static char elf_path[64];
static char program_id[80];
static const char good_maps[] = "10000-20000 r--p 00000000 00:00 1 " PROGRAM "\n"
				"20000-90000 r-xp 00010000 00:00 1 " PROGRAM "\n";

static char *directory;

static void remove_directory(void)
{
	rmdir(directory);
	free(directory);
}

static void start(void)
{
	struct why why;
	int fd = open(PROGRAM, O_RDONLY | O_CLOEXEC);

	PROMISE(fd >= 0 && elf_build_id(fd, program_id, sizeof(program_id)));
	close(fd);
	directory = make_memory_directory("korone-fuzz");
	symbols = symbols_open(directory, "/", &why);
	PROMISE(symbols);
	atexit(remove_directory);
	snprintf(elf_path, sizeof(elf_path), "/proc/%d/fd/%d", (int)getpid(),
		 memfd_create("elf", 0));
}

/* A map with the input as the only file, program and library at once. */
static size_t write_elf(const uint8_t *data, size_t size, char *maps, size_t room)
{
	int fd = open(elf_path, O_RDWR | O_TRUNC | O_CLOEXEC);

	PROMISE(fd >= 0);
	PROMISE(write(fd, data, size) == (ssize_t)size);
	close(fd);
	return (size_t)snprintf(maps, room,
				"10000-20000 r--p 00000000 00:00 1 %s\n"
				"20000-90000 r-xp 00010000 00:00 1 %s\n",
				elf_path, elf_path);
}

static void fill(struct capture *capture, enum part part, const uint8_t *data, size_t size,
		 uint64_t *stack, char *maps)
{
	struct text input = { (const char *)data, size };
	static char modules[96];
	uint64_t code = 0x21000;

	for (size_t i = 0; i < STACK_WORDS; i++)
		stack[i] = code + 8 * i;
	snprintf(modules, sizeof(modules), "10000 %s\n", program_id);
	capture->modules = (struct text) { modules, strlen(modules) };
	capture->stack_address = 0x7ffe00000000;
	capture->stack = (struct text) { (const char *)stack, STACK_WORDS * sizeof(*stack) };
	capture->maps = (struct text) { good_maps, strlen(good_maps) };
	capture->build_id = (struct text) { program_id, strlen(program_id) };
	for (size_t i = 0; i < CAPTURE_REGISTERS; i++)
		capture->registers[i] = capture->stack_address + 8 * i;
	capture->registers[16] = capture->registers[32] = code; /* of x86-64, of arm64 */
	switch (part) {
	case PART_STACK:
		capture->stack = input;
		break;
	case PART_MAPS:
		capture->maps = input;
		break;
	case PART_MODULES:
		capture->modules = input;
		break;
	case PART_REGISTERS:
		memcpy(capture->registers, data,
		       size < sizeof(capture->registers) ? size : sizeof(capture->registers));
		break;
	case PART_ELF:
		capture->maps = (struct text) { maps, write_elf(data, size, maps, 512) };
		capture->modules = (struct text) { "10000 \n", 7 };
		for (size_t i = 0; i < STACK_WORDS; i++)
			stack[i] = 0x20000 + 64 * i;
		break;
	case PARTS:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct capture capture = { .kind = CAPTURE_SIGNAL, .signo = SIGSEGV };
	uint64_t stack[STACK_WORDS];
	char maps[512];
	struct buffer out = { 0 };
	struct arena arena = { 0 };
	struct frames frames;
	struct why why;

	if (!symbols)
		start();
	if (size == 0)
		return 0;
	capture.machine = data[0] & 0x80 ? EM_AARCH64 : EM_X86_64;
	fill(&capture, (enum part)((data[0] & 0x7f) % PARTS), data + 1, size - 1, stack, maps);
	symbolize_here(symbols, &capture, &out);
	PROMISE(frames_decode(buffer_unread(&out), buffer_unread_size(&out), &arena, &frames,
			      &why));
	PROMISE(frames.count <= FRAMES_MAX);
	buffer_finish(&out);
	arena_finish(&arena);
	return 0;
}
