/* page.h - what a browser gets from one of our pages: the lines of the header, and files that are
 * in the program as bytes. */
#ifndef COMMON_WEB_PAGE_H
#define COMMON_WEB_PAGE_H

#include <stddef.h>
#include <stdint.h>

/* Lines of the header of whatever a browser gets. */
#define PAGE_HEADERS                                                             \
	"X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"    \
	"Cross-Origin-Opener-Policy: same-origin\r\n"                            \
	"Cross-Origin-Resource-Policy: same-origin\r\nX-Frame-Options: DENY\r\n" \
	"Cache-Control: no-store\r\n"

/* Of pages with scripts: nothing from elsewhere, nothing inline; scripts cannot write HTML either.
 */
#define PAGE_POLICY                                                                          \
	"Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; " \
	"img-src 'self'; media-src 'self'; connect-src 'self'; form-action 'none'; "         \
	"base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'\r\n"

struct page_asset {
	const char *path, *content_type;
	const char *bytes;
	size_t size;
};

/* The file's bytes as NAME, up to NAME_end, where a NUL is. The assembler reads it, seen from the
 * root of the sources, where make compiles. */
#define PAGE_FILE(name, file)                                                          \
	__asm__(".section .rodata\n" #name ":\n.incbin \"" file "\"\n" #name "_end:\n" \
		".byte 0\n.previous\n");                                               \
	extern const char name[], name##_end[]

/* Numbers, since pointers into two objects have no difference. */
#define PAGE_ASSET(path, type, name)                                      \
	{                                                                 \
		path, type, name, (uintptr_t)name##_end - (uintptr_t)name \
	}

#endif
