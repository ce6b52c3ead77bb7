/* unwind.c - callbacks for libdwfl. The crashed process is gone: memory comes from the captured
 * stack, call frame information from the files, and nothing from /proc. */
#include "crashd/unwind.h"

#include <string.h>
#include <unistd.h>

#define GUESSES_MAX 32
#define RETURN_ADDRESS 16 /* DWARF number of rip, x86-64 psABI figure 3.36 */
#define STACK_POINTER 7
#define DWARF_REGISTERS 17

/* Where a DWARF register is in gregs[] (sys/ucontext.h). */
static const uint8_t greg_of_dwarf[DWARF_REGISTERS] = {
	13 /* rax */,
	12 /* rdx */,
	14 /* rcx */,
	11 /* rbx */,
	9 /* rsi */,
	8 /* rdi */,
	10 /* rbp */,
	15 /* rsp */,
	0 /* r8 */,
	1,
	2,
	3,
	4,
	5,
	6,
	7 /* r15 */,
	16 /* rip */,
};

struct walk {
	const struct capture *capture;
	const struct image *image;
	struct unwind *out;
	Dwarf_Word registers[DWARF_REGISTERS];
	uint64_t read_up_to;    /* the highest address on the stack that the unwinder used */
	enum frame_trust first; /* trust of the next frame that the unwinder finds */
	bool is_lost; /* the last frame did not lead to code, or led beyond the captured stack */
};

static bool read_part(const struct text *part, uint64_t base, uint64_t address, uint64_t *out)
{
	if (address < base || part->length < sizeof(*out) ||
	    address - base > part->length - sizeof(*out))
		return false;
	memcpy(out, part->data + (address - base), sizeof(*out));
	return true;
}

static bool read_stack(const struct capture *capture, uint64_t address, uint64_t *out)
{
	return read_part(&capture->stack, capture->stack_address, address, out) ||
	       read_part(&capture->base, capture->base_address, address, out);
}

/* --- callbacks of libdwfl ------------------------------------------------------------------- */

static bool on_memory_read(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *result, void *owner)
{
	struct walk *walk = owner;
	uint64_t word;

	(void)dwfl;
	if (!read_stack(walk->capture, address, &word)) {
		walk->is_lost = true; /* libdwfl takes it for the end of the stack */
		return false;
	}
	if (address > walk->read_up_to)
		walk->read_up_to = address;
	*result = word;
	return true;
}

static pid_t on_next_thread(Dwfl *dwfl, void *owner, void **thread)
{
	(void)dwfl;
	if (*thread)
		return 0;
	*thread = owner;
	return 1;
}

static bool on_get_thread(Dwfl *dwfl, pid_t tid, void *owner, void **thread)
{
	(void)dwfl;
	(void)tid;
	*thread = owner;
	return true;
}

static bool on_set_registers(Dwfl_Thread *thread, void *owner)
{
	struct walk *walk = owner;

	return dwfl_thread_state_registers(thread, 0, DWARF_REGISTERS, walk->registers);
}

static bool add(struct walk *walk, uint64_t pc, enum frame_trust trust)
{
	if (walk->out->count == FRAMES_MAX)
		return false;
	walk->out->list[walk->out->count++] = (struct unwound) { .pc = pc, .trust = trust };
	return true;
}

static int on_frame(Dwfl_Frame *frame, void *owner)
{
	struct walk *walk = owner;
	Dwarf_Addr pc;

	walk->is_lost = false;
	if (!dwfl_frame_pc(frame, &pc, NULL))
		return DWARF_CB_ABORT;
	if (!image_find_code(walk->image, pc)) {
		walk->is_lost = pc != 0; /* 0 ends the chain of frames */
		return DWARF_CB_ABORT;
	}
	if (!add(walk, pc, walk->first))
		return DWARF_CB_ABORT;
	walk->first = FRAME_CALLER;
	return DWARF_CB_OK;
}

/* --- guessing ------------------------------------------------------------------------------- */

/* Whether a call instruction ends at `address`: E8 rel32, or FF /2 with any operand. */
static bool follows_call(const struct image *image, uint64_t address)
{
	const struct image_code *code = image_find_code(image, address - 1);
	uint8_t bytes[7];

	if (!code || code->file->fd < 0 || address - code->start < sizeof(bytes))
		return false;
	if (pread(code->file->fd, bytes, sizeof(bytes),
		  (off_t)(address - sizeof(bytes) - code->start + code->offset)) != sizeof(bytes))
		return false;
	if (bytes[2] == 0xe8)
		return true;
	for (size_t at = 0; at < 6; at++) { /* operands of 0 to 5 bytes after FF and ModRM */
		if (bytes[at] == 0xff && (bytes[at + 1] & 0x38) == 0x10)
			return true;
	}
	return false;
}

/* Scans a part of the stack from the address `from` on. Keeps the last GUESSES_MAX guesses, the
 * outermost ones. */
static void add_guesses(struct walk *walk, struct text part, uint64_t base, uint64_t from)
{
	size_t offset = from > base ? (from - base < part.length ? from - base : part.length) : 0;
	uint64_t found[GUESSES_MAX];
	size_t count = 0, kept;

	offset = (offset + 7) & ~(size_t)7;
	for (; offset + sizeof(found[0]) <= part.length; offset += sizeof(found[0])) {
		uint64_t word;

		memcpy(&word, part.data + offset, sizeof(word));
		if (follows_call(walk->image, word))
			found[count++ % GUESSES_MAX] = word;
	}
	kept = count < GUESSES_MAX ? count : GUESSES_MAX;
	for (size_t i = count - kept; i < count; i++)
		if (!add(walk, found[i % GUESSES_MAX], FRAME_GUESS))
			return;
}

static void guess_the_rest(struct walk *walk, uint64_t from)
{
	const struct capture *capture = walk->capture;

	if (capture->base.length == 0) {
		add_guesses(walk, capture->stack, capture->stack_address, from);
		return;
	}
	add(walk, 0, FRAME_GAP);
	add_guesses(walk, capture->base, capture->base_address, 0);
}

/* --- walking -------------------------------------------------------------------------------- */

/* True when the end of the stack was reached. */
static bool walk_frames(struct walk *walk, Dwfl *dwfl)
{
	return dwfl_getthread_frames(dwfl, 1, on_frame, walk) == 0 && !walk->is_lost;
}

/* Continues at the return address on top of the stack, as after a call to an invalid address. */
static bool step_by_hand(struct walk *walk)
{
	uint64_t word;

	if (!read_stack(walk->capture, walk->registers[STACK_POINTER], &word) ||
	    !follows_call(walk->image, word))
		return false;
	walk->registers[RETURN_ADDRESS] = word;
	walk->registers[STACK_POINTER] += 8;
	walk->first = FRAME_CALLER;
	walk->is_lost = false;
	return true;
}

static bool walk_from_crash(struct walk *walk, Dwfl *dwfl)
{
	uint64_t pc = walk->registers[RETURN_ADDRESS];

	if (!image_find_code(walk->image, pc)) {
		add(walk, pc, FRAME_BAD);
		return step_by_hand(walk) && walk_frames(walk, dwfl);
	}
	if (walk_frames(walk, dwfl))
		return true;
	if (walk->out->count > 1)
		return false;
	/* No frame information for the first frame: assume that it has nothing on the stack. */
	if (walk->out->count == 0)
		add(walk, pc, FRAME_CRASH);
	return step_by_hand(walk) && walk_frames(walk, dwfl);
}

void unwind_walk(Dwfl *dwfl, const struct capture *capture, const struct image *image,
		 struct unwind *out)
{
	static const Dwfl_Thread_Callbacks callbacks = {
		.next_thread = on_next_thread,
		.get_thread = on_get_thread,
		.memory_read = on_memory_read,
		.set_initial_registers = on_set_registers,
	};
	struct walk walk = { .capture = capture, .image = image, .out = out, .first = FRAME_CRASH };
	uint64_t sp;
	bool is_whole;

	out->count = 0;
	for (size_t i = 0; i < DWARF_REGISTERS; i++)
		walk.registers[i] = capture->registers[greg_of_dwarf[i]];
	sp = walk.registers[STACK_POINTER];
	/* Without a readable file there is nothing to attach to; guesses need none. */
	is_whole = dwfl_attach_state(dwfl, NULL, 1, &callbacks, &walk) &&
		   walk_from_crash(&walk, dwfl);
	if (out->count == 0)
		add(&walk, walk.registers[RETURN_ADDRESS], FRAME_CRASH);
	if (!is_whole)
		guess_the_rest(&walk, walk.read_up_to ? walk.read_up_to + 8 : sp);
}
