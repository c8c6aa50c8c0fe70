/* SPDX-License-Identifier: Apache-2.0 */
struct generated {
	__typeof__(0L) number;
};
