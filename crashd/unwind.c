/* unwind.c - callbacks for libdwfl. The crashed process is gone: memory comes from the captured
 * stack, call frame information from the files, and nothing from /proc. */
#include "crashd/unwind.h"

#include <string.h>
#include <unistd.h>

#include "crashd/machine.h"

#define GUESSES_MAX 32
/* Of a stack that did not fit: the rest of the room is for its other end and for inlined calls. */
#define CALLERS_BEFORE_GAP (FRAMES_MAX / 4)

struct walk {
	const struct capture *capture;
	const struct machine *machine;
	const struct image *image;
	struct unwind *out;
	/* where the unwinder starts */
	uint64_t pc, sp;
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

	const struct machine *machine = walk->machine;
	Dwarf_Word registers[MACHINE_DWARF_MAX];

	for (size_t i = 0; i < machine->dwarf_count; i++) {
		size_t at = machine->dwarf[i];

		registers[i] = at == machine->pc   ? walk->pc
			       : at == machine->sp ? walk->sp
						   : walk->capture->registers[at];
	}
	dwfl_thread_state_register_pc(thread, walk->pc);
	return dwfl_thread_state_registers(thread, 0, (unsigned)machine->dwarf_count, registers);
}

static bool add(struct walk *walk, uint64_t pc, enum frame_trust trust)
{
	if (walk->out->count == FRAMES_MAX)
		return false;
	walk->out->list[walk->out->count++] = (struct unwound) { .pc = pc, .trust = trust };
	return true;
}

/* A recursion with small frames would fill the list, and where it was begun would be missing. */
static bool is_enough(const struct walk *walk)
{
	return walk->capture->base.length > 0 && walk->out->count >= CALLERS_BEFORE_GAP;
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
	if (is_enough(walk) || !add(walk, pc, walk->first))
		return DWARF_CB_ABORT;
	walk->first = FRAME_CALLER;
	return DWARF_CB_OK;
}

/* --- guessing ------------------------------------------------------------------------------- */

/* Whether a call instruction ends at `address`. */
static bool follows_call(const struct walk *walk, uint64_t address)
{
	const struct image_code *code = image_find_code(walk->image, address - 1);
	uint8_t bytes[MACHINE_CALL_MAX];

	if (!code || code->file->fd < 0 || address - code->start < sizeof(bytes))
		return false;
	if (pread(code->file->fd, bytes, sizeof(bytes),
		  (off_t)(address - sizeof(bytes) - code->start + code->offset)) != sizeof(bytes))
		return false;
	return walk->machine->is_call(bytes);
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
		word &= walk->machine->address_mask;
		if (follows_call(walk, word))
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

/* Continues at the return address of a call that has put nothing on the stack yet, as after a call
 * to an invalid address. */
static bool step_by_hand(struct walk *walk)
{
	const struct machine *machine = walk->machine;
	bool is_on_stack = machine->link == MACHINE_NO_REGISTER;
	uint64_t word;

	if (!is_on_stack)
		word = walk->capture->registers[machine->link];
	else if (!read_stack(walk->capture, walk->sp, &word))
		return false;
	word &= machine->address_mask;
	if (word == walk->pc || !follows_call(walk, word))
		return false;
	walk->pc = word;
	walk->sp += is_on_stack ? sizeof(word) : 0;
	walk->first = FRAME_CALLER;
	walk->is_lost = false;
	return true;
}

static bool walk_from_crash(struct walk *walk, Dwfl *dwfl)
{
	uint64_t pc = walk->pc;

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
	struct walk walk = { .capture = capture,
			     .machine = machine_find(capture->machine),
			     .image = image,
			     .out = out,
			     .pc = machine_pc(capture),
			     .sp = machine_sp(capture),
			     .first = FRAME_CRASH };
	uint64_t sp = walk.sp;
	bool is_whole;

	out->count = 0;
	if (!walk.machine)
		return;
	/* Without a readable file there is nothing to attach to; guesses need none. */
	is_whole = dwfl_attach_state(dwfl, NULL, 1, &callbacks, &walk) &&
		   walk_from_crash(&walk, dwfl);
	if (out->count == 0)
		add(&walk, walk.pc, FRAME_CRASH);
	if (!is_whole)
		guess_the_rest(&walk, walk.read_up_to ? walk.read_up_to + 8 : sp);
}
