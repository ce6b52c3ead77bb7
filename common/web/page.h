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

/* The file's bytes as NAME, with a NUL after them, and their number as NAME_size. The assembler
 * reads it, seen from the root of the sources, where make compiles. Not local to the file: on arm64
 * what is addressed through the global offset table would come out as the beginning of the section.
 */
#define PAGE_SYMBOL(name) ".globl " #name "\n.hidden " #name "\n" #name ":\n"
#define PAGE_FILE(name, file)                                                                      \
	__asm__(".section .rodata\n" PAGE_SYMBOL(                                                  \
		name) ".incbin \"" file "\"\n1:\n.byte 0\n"                                        \
		      ".balign 8\n" PAGE_SYMBOL(name##_size) ".quad 1b - " #name "\n.previous\n"); \
	extern const char name[];                                                                  \
	extern const uint64_t name##_size

#define PAGE_ASSET(path, type, name)                  \
	{                                             \
		path, type, name, (size_t)name##_size \
	}

#endif
