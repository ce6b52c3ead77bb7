/* control_people.h - control requests that make people and let them act. */
#ifndef SIMULATOR_CONTROL_PEOPLE_H
#define SIMULATOR_CONTROL_PEOPLE_H

#include "simulator/control_request.h"

control_fn control_say;
control_fn control_press;
control_fn control_do;
control_fn control_person;
control_fn control_chat;
control_fn control_block;
control_fn control_people;
control_fn control_chats;

#endif
