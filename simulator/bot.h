/* bot.h - what the bot said about itself: its commands, by scope and language. */
#ifndef SIMULATOR_BOT_H
#define SIMULATOR_BOT_H

struct commands;

struct commands *commands_create(void);
void commands_destroy(struct commands *commands);

#endif
