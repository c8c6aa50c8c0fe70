/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Definitions that test_cdef.c gives to the compiler and to bittern's reader, whose layouts must agree: included
 * once as C, and once as text (DEFINITIONS is then defined to make a string of it).
 *
 * ROWS lists what is compared: M(struct, member path) for offsets and sizes, B(struct) for the whole.
 */
DEFINITIONS(
typedef unsigned int word_t;
typedef struct { short a; long b; } anonymous_t;
typedef int (*callback_t)(void *, const char *, ...);
typedef char name_t[11];
typedef long matrix_t[2][3] __attribute__((aligned(32)));
enum small { SMALL_A, SMALL_B = 7, SMALL_C };
enum negative { NEGATIVE_A = -5, NEGATIVE_B };
enum wide { WIDE_A = 1, WIDE_B = 0x123456789abcL };
enum byte { BYTE_A, BYTE_B = 200 } __attribute__((packed));
enum computed {
	COMPUTED_A = sizeof(long) * 4, COMPUTED_B = COMPUTED_A | 1 << 9, COMPUTED_C = ~0u >> 28,
	COMPUTED_D = (COMPUTED_A > 31 && SMALL_C != 7) ? 'x' : '\n', COMPUTED_E = -7 / 2,
	COMPUTED_F = (unsigned char)300 + (int)-1, COMPUTED_G = -1 < 0u, COMPUTED_H = 1 << 31,
	COMPUTED_I = -8 >> 1, COMPUTED_J = (1 + 2) * 3 % 5, COMPUTED_K = !0 + !5,
	COMPUTED_L = __builtin_offsetof(anonymous_t, b)
};
struct scalars {
	char a; short b; signed char c; int d; unsigned char e; long f; _Bool g; unsigned long long h;
	long long int i; unsigned j; short int k; void *l; float m; double n; enum small o;
	enum wide p; enum byte q; enum negative r; unsigned long int s; int long t; char unsigned u;
};
struct arrays {
	char a[3]; int b[2][3]; char c[2][5]; struct scalars d[2]; void *e[4]; int (*f)[7];
	name_t g; matrix_t h; char i[SMALL_B + 1]; int j[];
};
struct nested {
	char a;
	struct { int b; struct { char c; long d; } e; };
	union { short f; long g; char h[9]; };
	struct inner { char i; int j; } k;
	struct inner l[2];
	union { struct inner m; long n; } o;
	char p;
};
struct pointers {
	int *a, **b; const char *const c; volatile int *d; int (*e)(int, char); int (*(*f)(void))[3];
	callback_t g; struct later *h; void (*i[4])(struct nested *, int (*)(void)); char j;
	int *(k[2]); const struct scalars *restrict l;
};
struct __attribute__((packed)) packed_before { char a; long b; short c; struct scalars d; };
struct packed_after { char a; int b; char c; long d; } __attribute__((packed));
struct aligned_after { char a; int b; } __attribute__((aligned(64)));
struct both { char a; long b; } __attribute__((packed, aligned(4)));
struct aligned_members {
	char a; char b __attribute__((aligned(8))); short c; int d __attribute__((packed));
	long e __attribute__((packed, aligned(2))); struct aligned_after f; char g;
};
struct bits_plain {
	int a : 3; int b : 5; unsigned c : 9; unsigned d : 20; char e : 4; short f : 10; long g : 33;
	int h; int i : 1;
};
struct bits_zero { char a : 3; int : 0; char b : 2; long : 0; char c : 1; short : 5; char d; };
struct bits_unnamed { char a; int : 20; char b; };
struct bits_mixed { char a; int b : 6; long c : 50; short d : 3; _Bool e : 1; unsigned char f : 8; char g; };
struct bits_packed {
	int a : 3; unsigned b : 30; long c : 50; char d : 7; short e; int f : 9;
} __attribute__((packed));
struct bits_aligned { char a : 2; int b : 4 __attribute__((aligned(4))); int c : 5; };
struct bits_less_aligned {
	char a[2]; long b : 3 __attribute__((aligned(2))); short c : 2 __attribute__((aligned(8)));
	int d; long e : 24 __attribute__((aligned(1))); _Bool f : 1 __attribute__((packed));
};
struct bits_long { unsigned long long a : 40; unsigned long long b : 40; unsigned c : 31; };
struct bits_enum { enum small a : 4; enum byte b : 8; unsigned c : 1; };
union mixed { char a; int b[3]; long c; struct bits_plain d; int e : 5; };
union __attribute__((packed)) packed_union { char a; long b; short c; };
struct empty { };
struct holds_empty { char a; struct empty b; int c; };
struct flexible { int a; struct scalars b[0]; char c[]; };
struct int128 { char a; __int128 b; char c; };
struct alignas_member { char a; _Alignas(16) char b; _Alignas(long) char c; };
)
#ifdef ROWS
B(scalars) M(scalars, a) M(scalars, b) M(scalars, c) M(scalars, d) M(scalars, e) M(scalars, f)
M(scalars, g) M(scalars, h) M(scalars, i) M(scalars, j) M(scalars, k) M(scalars, l) M(scalars, m)
M(scalars, n) M(scalars, o) M(scalars, p) M(scalars, q) M(scalars, r) M(scalars, s) M(scalars, t)
M(scalars, u)
B(arrays) M(arrays, a) M(arrays, b) M(arrays, c) M(arrays, d) M(arrays, e) M(arrays, f) M(arrays, g)
M(arrays, h) M(arrays, i) O(arrays, j)
B(nested) M(nested, a) M(nested, b) M(nested, e) M(nested, f) M(nested, g) M(nested, h)
M(nested, k) M(nested, l) M(nested, o) M(nested, p) B(inner) M(inner, j)
B(pointers) M(pointers, a) M(pointers, b) M(pointers, c) M(pointers, d) M(pointers, e) M(pointers, f)
M(pointers, g) M(pointers, h) M(pointers, i) M(pointers, j) M(pointers, k) M(pointers, l)
B(packed_before) M(packed_before, b) M(packed_before, c) M(packed_before, d)
B(packed_after) M(packed_after, b) M(packed_after, c) M(packed_after, d)
B(aligned_after) M(aligned_after, b) B(both) M(both, b)
B(aligned_members) M(aligned_members, b) M(aligned_members, c) M(aligned_members, d)
M(aligned_members, e) M(aligned_members, f) M(aligned_members, g)
B(bits_plain) F(bits_plain, a) F(bits_plain, b) F(bits_plain, c) F(bits_plain, d) F(bits_plain, e)
F(bits_plain, f) F(bits_plain, g) M(bits_plain, h) F(bits_plain, i)
B(bits_zero) F(bits_zero, a) F(bits_zero, b) F(bits_zero, c) M(bits_zero, d)
B(bits_unnamed) M(bits_unnamed, a) M(bits_unnamed, b)
B(bits_mixed) M(bits_mixed, a) F(bits_mixed, b) F(bits_mixed, c) F(bits_mixed, d) F(bits_mixed, e)
F(bits_mixed, f) M(bits_mixed, g)
B(bits_packed) F(bits_packed, a) F(bits_packed, b) F(bits_packed, c) F(bits_packed, d)
M(bits_packed, e) F(bits_packed, f)
B(bits_aligned) F(bits_aligned, a) F(bits_aligned, b) F(bits_aligned, c)
B(bits_less_aligned) F(bits_less_aligned, b) F(bits_less_aligned, c) M(bits_less_aligned, d)
F(bits_less_aligned, e) F(bits_less_aligned, f)
B(bits_long) F(bits_long, a) F(bits_long, b) F(bits_long, c)
B(bits_enum) F(bits_enum, a) F(bits_enum, b) F(bits_enum, c)
U(mixed) UM(mixed, b) UM(mixed, d) U(packed_union) UM(packed_union, b)
B(empty) B(holds_empty) M(holds_empty, b) M(holds_empty, c)
B(flexible) M(flexible, a) O(flexible, b) O(flexible, c)
B(int128) M(int128, b) M(int128, c)
B(alignas_member) M(alignas_member, b) M(alignas_member, c)
E(SMALL_A) E(SMALL_B) E(SMALL_C) E(NEGATIVE_A) E(NEGATIVE_B) E(WIDE_A) E(WIDE_B) E(BYTE_A)
E(BYTE_B) E(COMPUTED_A) E(COMPUTED_B) E(COMPUTED_C) E(COMPUTED_D) E(COMPUTED_E) E(COMPUTED_F)
E(COMPUTED_G) E(COMPUTED_H) E(COMPUTED_I) E(COMPUTED_J) E(COMPUTED_K) E(COMPUTED_L)
#endif
