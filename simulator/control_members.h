/* control_members.h - who is in a chat and with which rights, and what becomes of groups. */
#ifndef SIMULATOR_CONTROL_MEMBERS_H
#define SIMULATOR_CONTROL_MEMBERS_H

#include "simulator/control_request.h"

control_fn control_member;
control_fn control_invite;
control_fn control_remove;
control_fn control_migrate;
control_fn control_privacy;

/* The permissions that the field, an object, changes in *out; false and a refusal if it names one
 * that there is not. */
bool control_take_permissions(struct control_request *request, const char *name, uint32_t *out);

#endif
