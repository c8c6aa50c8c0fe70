/* SPDX-License-Identifier: Apache-2.0 */
/* The run time and what lies below it make a program of their own: no LLVM, no front end. */
#include "runtime/session.h"

int main(void)
{
	const char *names;

	return session_check_format("text", &names) ? 1 : 0;
}
