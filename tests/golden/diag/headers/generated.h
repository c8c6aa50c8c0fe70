/* SPDX-License-Identifier: Apache-2.0 */
#define MEMBER(type, name) type name
struct generated {
	MEMBER(int, number);
};
