#include "simulator/media_kind.h"

#include <string.h>

/* Folders and prefixes as the cloud gives them. */
const struct media_kind_facts media_kinds[MEDIA_KINDS] = {
	[MEDIA_ANIMATION] = { "animation", "Animation", "animations", "animations", "mp4",
			      "video/mp4", "CgACAgIAAx", MAY_SEND_OTHER },
	[MEDIA_AUDIO] = { "audio", "Audio", "music", "music", "mp3", "audio/mpeg", "CQACAgIAAx",
			  MAY_SEND_AUDIOS },
	[MEDIA_DOCUMENT] = { "document", "Document", "documents", "documents", "bin",
			     "application/octet-stream", "BQACAgIAAx", MAY_SEND_DOCUMENTS },
	[MEDIA_LIVE_PHOTO] = { "live_photo", "Video", "photos", "videos", "mp4", "video/mp4",
			       "BAACAgIABx", MAY_SEND_PHOTOS },
	[MEDIA_PHOTO] = { "photo", "Photo", "photos", "photos", "jpg", "image/jpeg", "AgACAgIAAx",
			  MAY_SEND_PHOTOS },
	[MEDIA_STICKER] = { "sticker", "Sticker", "stickers", "stickers", "webp", "image/webp",
			    "CAACAgIAAx", MAY_SEND_OTHER },
	[MEDIA_VIDEO] = { "video", "Video", "videos", "videos", "mp4", "video/mp4", "BAACAgIAAx",
			  MAY_SEND_VIDEOS },
	[MEDIA_VIDEO_NOTE] = { "video_note", "VideoNote", "video notes", "video_notes", "mp4",
			       "video/mp4", "DQACAgIAAx", MAY_SEND_VIDEO_NOTES },
	[MEDIA_VOICE] = { "voice", "VoiceNote", "voice notes", "voice", "oga", "audio/ogg",
			  "AwACAgIAAx", MAY_SEND_VOICE_NOTES },
	[MEDIA_THUMBNAIL] = { "thumbnail", "Thumbnail", "photos", "thumbnails", "jpg", "image/jpeg",
			      "AAMCAgIAAx", MAY_SEND_PHOTOS },
};

bool media_kind_find(const char *name, enum media_kind *out)
{
	for (unsigned i = 0; i < MEDIA_THUMBNAIL; i++) {
		if (!strcmp(media_kinds[i].name, name)) {
			*out = (enum media_kind)i;
			return true;
		}
	}
	return false;
}
