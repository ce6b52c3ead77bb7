/* exif.h - how a camera was held, from the EXIF data of a JPEG (CIPA DC-008): the tag
 * "Orientation", and nothing else of it, which is often where somebody lives. */
#ifndef PICTURE_EXIF_H
#define PICTURE_EXIF_H

#include <stddef.h>
#include <stdint.h>

/* Of the contents of a marker APP1; 1, upright, when it does not say. */
int exif_orientation(const uint8_t *bytes, size_t size);

#endif
