/* SPDX-License-Identifier: Apache-2.0 */
/* What programs do on their way in and out: guards, claiming and giving back of resources. */
#ifndef BITTERN_CODEGEN_PROLOGUE_H
#define BITTERN_CODEGEN_PROLOGUE_H

#include "codegen/function.h"

/* Leaves the program if it is not to run now: stop flag, system call, process. */
void prologue_guards(struct codegen *cg);
/* Size of a scratch slot of the whole object; makes the map if it is not 0. */
void prologue_set_slot_size(struct codegen *cg, uint32_t bytes);
/* Looks up the ring and claims a scratch slot, as far as the program uses them. */
void prologue_claim(struct codegen *cg);
/* Gives the scratch slot back before the ret instruction. */
void prologue_release(struct codegen *cg, LLVMValueRef way_out);

#endif
